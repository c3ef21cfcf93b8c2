"""The networks of the tutorials: a class of the next interval by one or more LSTMs."""
