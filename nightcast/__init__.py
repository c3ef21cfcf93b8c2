"""Nightcast: errors and values that every other package uses."""

__version__ = "0.1.0"
