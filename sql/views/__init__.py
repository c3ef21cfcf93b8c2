"""The views of our tables."""
