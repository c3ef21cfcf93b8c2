"""Measuring the report, on a small shop and on one of a million customers."""
