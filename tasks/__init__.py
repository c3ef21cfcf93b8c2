"""The steps of a night: each is a plain function, which a thin Prefect task wraps."""
