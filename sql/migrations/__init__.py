"""Alembic migrations of the tables that Nightcast writes."""
