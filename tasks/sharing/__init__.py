"""A night of next visits that several processes share: one shares the work out, and all take shards of it."""
