"""The sections of the page, each made of what was read."""
