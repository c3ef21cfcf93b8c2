"""Exponential smoothing of all series at once: arrays over series and parameters, and a loop over time alone."""
