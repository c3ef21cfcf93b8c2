"""Forecasting: takes and returns arrays and small frames, and knows no database and no scheduler."""
