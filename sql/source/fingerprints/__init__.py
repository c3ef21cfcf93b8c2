"""What a source holds, by the day of its moments: asked of the database, to read only what has changed."""
