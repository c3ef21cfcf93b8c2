"""What every table, view and column means, and telling it to the database."""
