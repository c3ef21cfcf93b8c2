"""What recipes read of customers."""
