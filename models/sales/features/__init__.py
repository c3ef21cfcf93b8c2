"""What networks read of series."""
