"""The gate: recipes are compared on a past as-of, and the best serves."""
