"""The ways to forecast next visits."""
