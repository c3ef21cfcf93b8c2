"""The product visit_counts: its own part of each step."""
