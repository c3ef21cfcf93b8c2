"""From what a database holds to numbers, with masks of what could not be converted."""
