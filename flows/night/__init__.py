"""One night as it is asked for, opened and closed."""
