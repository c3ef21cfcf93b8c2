"""Answers for programs: readings of the views for readers alone, whose every name is checked."""
