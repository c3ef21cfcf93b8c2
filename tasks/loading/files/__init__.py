"""Opens CSV and Parquet files, and reads them in batches."""
