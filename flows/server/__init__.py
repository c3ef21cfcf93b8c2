"""Prefect's server and runner, set up for nights."""
