"""The gate: recipes are compared on past origins, and the best are combined."""
