"""Work beside the night: removing what is old, choosing models by hand, searching settings, a shop to try."""
