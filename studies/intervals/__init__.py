"""Studies of customers: the intervals between their visits, and the bin that the next one falls into."""
