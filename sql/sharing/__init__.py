"""Sharing the work of a run: its shards, and the leases by which workers hold them."""
