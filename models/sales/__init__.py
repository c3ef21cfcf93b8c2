"""Sales forecasts: series on a calendar, what networks read of them, recipes, the gate and the forecast."""
