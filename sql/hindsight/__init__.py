"""What came of published forecasts: the values that came, how far forecasts can be trusted, and why they changed."""
