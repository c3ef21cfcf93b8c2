"""Visits per day: what is counted, and how bookings count; the recipes, the gate and the rest are those of sales."""
