"""Flows, settings and commands: what a night is, and how it is started."""
