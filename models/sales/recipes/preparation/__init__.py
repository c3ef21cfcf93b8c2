"""Preparation of series by parts that invert exactly, each fitted on what was known at the origin.

``part.fit(history)`` gives a `models.sales.recipes.preparation.part.FittedPart`: it transforms the history, and brings
forecasts of the periods after it back to the original scale. Every series is handled alone, so that many can be worked
on a chunk at a time. What is unknown, NaN, stays unknown.

Exactly means: up to the rounding of what is as large as the series. Where what a part is fitted on is all zeros, or no
larger than 1e-300, it has no size, and 1 stands in for it; let a scale come first where series may be tiny. Values may
be as large as 1e300; what has no room, on either scale, is cut at 1e308.

Trend: `trend.Detrend`. Differences: `difference.Difference`. Scale: `scale.RangeScale`, `scale.MaximumScale`,
`scale.MeanScale`. Logarithm: `logarithm.Logarithm`. Season: `season.SeasonalAdjust`. Several in order: `chain.Chain`.
`names.build` makes a chain of names, as settings have them.
"""
