"""Forecasts of saved Keras networks by NumPy, without TensorFlow, which takes longer to import than they take."""
