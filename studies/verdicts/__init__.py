"""Summaries of scores, and verdicts on published figures and on the claims of a study file."""
