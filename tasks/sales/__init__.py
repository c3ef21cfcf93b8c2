"""Sales as a product: what its steps do beside what the steps of all products do."""
