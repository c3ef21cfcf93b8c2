"""Filling source tables: creating them, and adding the rows of a file to those that are there."""
