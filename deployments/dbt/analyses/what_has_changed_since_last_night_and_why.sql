-- What has changed since last night, and why?
-- From docs/sql.md by `python -m tests.documents`.
SELECT product, measure, previous, present, difference, by_calendar, by_data, by_model
FROM {{ source('nightcast', 'rpt_forecast_changes') }}
WHERE as_of = '{{ var("as_of", "2026-11-27") }}'
ORDER BY product, measure
