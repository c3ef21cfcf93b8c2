"""Reading the sources."""
