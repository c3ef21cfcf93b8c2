"""Reading from SQLite."""
