"""Statistical models beside the networks, each series fitted by its own history alone."""
