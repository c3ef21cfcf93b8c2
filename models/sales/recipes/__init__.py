"""The ways to forecast series."""
