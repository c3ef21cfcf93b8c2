"""The tables that the user brings: looking them up, reading them."""
