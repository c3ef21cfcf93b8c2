"""Loads a CSV or Parquet file into a source table, for `nightcast load`."""
