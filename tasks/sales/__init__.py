"""The product sales: its own part of each step."""
