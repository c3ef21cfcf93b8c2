-- What is a customer worth in a year?
-- From docs/sql.md by `python -m tests.documents`.
SELECT customer_id, visit_days, amount_year, expected_visits_365, expected_amount_365, state
FROM {{ source('nightcast', 'latest_next_visit') }}
ORDER BY expected_amount_365 DESC
LIMIT 5
