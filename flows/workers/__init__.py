"""Nights that several processes share: the night's own steps, the Dask cluster, and `nightcast work`."""
