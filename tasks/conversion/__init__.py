"""Converts values of a database to numbers, with masks of values that cannot be converted."""
