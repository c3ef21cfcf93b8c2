"""The default network: hazards of the bins by an LSTM."""
