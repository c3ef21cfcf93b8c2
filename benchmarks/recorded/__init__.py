"""The variants of the recorded night: what is forecast, and with which settings."""
