"""What is kept of runs and models: the ledger, the lock, versions, reviews."""
