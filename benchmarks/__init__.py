"""Measurements on real data; each module is one `make bench-...` target."""
