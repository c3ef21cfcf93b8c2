"""Commands that show and maintain the database."""
