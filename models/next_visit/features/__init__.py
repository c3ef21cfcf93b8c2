"""The inputs that recipes read about customers."""
