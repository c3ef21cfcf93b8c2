"""Nightcast: the ground that every storey stands on."""

__version__ = "0.1.0"
