"""One night, from its request to its end."""
