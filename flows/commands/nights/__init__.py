"""Commands that forecast, evaluate, or show what a night would do."""
