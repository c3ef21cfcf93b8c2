-- Who should be reminded, being overdue on their own rhythm?
-- From docs/sql.md by `python -m tests.documents`.
SELECT customer_id, last_visit_on, usual_interval_days, overdue_days, return_probability, expected_amount_365
FROM {{ source('nightcast', 'latest_next_visit') }}
WHERE state = 'overdue'
ORDER BY expected_amount_365 DESC, customer_id
LIMIT 5
