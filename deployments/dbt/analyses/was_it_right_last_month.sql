-- Was it right last month?
-- From docs/sql.md by `python -m tests.documents`.
SELECT period, step, mean, q10, q90, value, is_in_band
FROM {{ source('nightcast', 'rpt_forecast_vs_actual') }}
WHERE product = 'sales' AND series_id = '{{ var("series_id", "bakery/baguette") }}' AND as_of = '{{ var("as_of", "2026-10-30") }}'
ORDER BY period
LIMIT 7
