"""The common parts of all products' models: artifacts, training, the bank of LSTMs, and the search for settings."""
