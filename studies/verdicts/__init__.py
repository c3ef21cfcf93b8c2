"""Scores of repeats, summed up and judged: what was published, and what a study file claims."""
