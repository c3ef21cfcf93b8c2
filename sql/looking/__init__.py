"""A first look at a database that nobody has described: its tables and views, and some rows of each."""
