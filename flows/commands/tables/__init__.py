"""Commands about what is in the database."""
