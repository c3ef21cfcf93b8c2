"""Preparation of series by parts that invert exactly, each fitted on what was known at the origin.

``part.fit(history)`` gives a `models.sales.recipes.classic.preparation.part.FittedPart`: it transforms the history, and
brings forecasts of the periods after it back to the original scale. Every series is transformed by itself. Unknown
values, NaN, stay unknown.

Exactly means up to rounding errors of the size of the series. If a part is fitted on values that are all zeros, or no
larger than 1e-300, their size counts as 1; put a scale first where series may be tiny.

Trend: `trend.Detrend`. Differences: `difference.Difference`. Scale: `scale.RangeScale`, `scale.MaximumScale`,
`scale.MeanScale`. Logarithm: `logarithm.Logarithm`. Season: `season.SeasonalAdjust`. Several in order: `chain.Chain`.
`names.build` makes a chain of the names in settings.
"""
