-- What will next month bring?
-- From docs/sql.md by `python -m tests.documents`.
SELECT level, group_value, from_period, to_period, is_whole, mean, q10, q90
FROM {{ source('nightcast', 'latest_sales_total') }}
WHERE level = 'all' AND span IN ('month', 'horizon')
ORDER BY span, from_period
