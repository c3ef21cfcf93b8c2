"""The inputs that networks read about series."""
