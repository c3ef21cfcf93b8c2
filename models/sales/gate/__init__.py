"""The gate: recipes are compared at past origins, and the best are combined."""
