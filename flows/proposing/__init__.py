"""The first minutes: what `nightcast init` proposes, asks, and writes into the settings file."""
