"""Several noisy waves, many steps ahead: sequence to sequence with and without attention."""
