"""Gradient boosted trees for all series together: each step of each series is a row."""
