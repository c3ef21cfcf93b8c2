"""Totals of the forecast: of groups of series, and over weeks, months and the horizon."""
