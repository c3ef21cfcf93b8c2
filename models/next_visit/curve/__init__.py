"""When the next visit comes, day by day: what lies between and behind the bins."""
