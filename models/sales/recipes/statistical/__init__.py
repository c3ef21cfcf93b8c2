"""Statistical models, fitted to each series' own history."""
