"""One step of a night each: a thin Prefect task around a plain function."""
