"""Visits that are kept from night to night, so that a night reads only what has changed."""
