"""The tables that the user brings: found, read and filled."""
