"""Commands that forecast, or say what forecasting would do."""
