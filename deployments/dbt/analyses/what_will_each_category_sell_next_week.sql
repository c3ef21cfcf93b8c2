-- What will each category sell next week?
-- From docs/sql.md by `python -m tests.documents`.
SELECT group_value AS category, from_period, to_period, mean, q10, q90
FROM {{ source('nightcast', 'latest_sales_total') }}
WHERE level = 'category' AND span = 'week' AND from_period = '{{ var("from_period", "2026-11-30") }}'
ORDER BY mean DESC
