"""Benchmarks, each with a `make` target; `benchmarks/README.md` lists them."""
