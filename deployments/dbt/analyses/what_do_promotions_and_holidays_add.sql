-- What do promotions and holidays add?
-- From docs/sql.md by `python -m tests.documents`.
SELECT series_id, period, mean, known_effect
FROM {{ source('nightcast', 'latest_sales_forecast') }}
WHERE known_effect > 0
ORDER BY known_effect DESC
LIMIT 5
