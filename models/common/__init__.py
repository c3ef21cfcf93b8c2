"""What the models of all products share: artifacts, training, the bank of LSTMs, the search for settings."""
