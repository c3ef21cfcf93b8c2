"""A small LSTM for each series by itself."""
