"""The product next visits: its own part of each step."""
