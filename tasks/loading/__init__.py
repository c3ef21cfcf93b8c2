"""Loading a CSV or Parquet file into a source table: what stands behind `nightcast load`."""
