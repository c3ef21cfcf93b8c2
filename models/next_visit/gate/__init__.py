"""The gate: recipes are measured at a past origin, and the best one serves."""
