"""Examples may take their time: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("next_visit", deadline=None)
settings.load_profile("next_visit")
