"""The checks of ``nightcast doctor``; none stops the others."""
