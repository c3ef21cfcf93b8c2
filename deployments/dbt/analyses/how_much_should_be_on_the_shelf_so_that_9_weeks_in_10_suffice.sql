-- How much should be on the shelf, so that 9 weeks in 10 suffice?
-- From docs/sql.md by `python -m tests.documents`.
SELECT group_value AS series_id, from_period, to_period, mean, q90
FROM {{ source('nightcast', 'latest_sales_total') }}
WHERE level = 'series' AND span = 'week' AND from_period = '{{ var("from_period", "2026-11-30") }}'
ORDER BY mean DESC
LIMIT 5
