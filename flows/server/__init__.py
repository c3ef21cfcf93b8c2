"""Prefect's server and runner, as nights need them."""
