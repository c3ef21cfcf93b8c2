"""The product visit_counts in each step."""
