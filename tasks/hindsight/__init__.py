"""What follows a publication: what came, how far forecasts can be trusted, and why tonight's differs from the last."""
