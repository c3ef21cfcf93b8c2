"""What a night is, and how it is started by hand: flows, settings, commands."""
