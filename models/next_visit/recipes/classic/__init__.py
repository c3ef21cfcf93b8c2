"""The networks of the tutorials: they classify the next interval by one or more LSTMs."""
