"""The forecasting: arrays and small frames in, the same out. Knows no database and no scheduler."""
