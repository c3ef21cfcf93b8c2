"""Next visits: for every customer known at the as-of, the probability of each bin of days until the next visit."""
