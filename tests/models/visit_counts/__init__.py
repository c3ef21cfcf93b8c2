"""Counting visits, and bookings."""
