"""Sales forecasts: series on a calendar, inputs of networks, recipes, the gate and the forecast."""
