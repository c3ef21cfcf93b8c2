-- Who is lapsing, and what did they spend?
-- From docs/sql.md by `python -m tests.documents`.
SELECT customer_id, last_visit_on, usual_interval_days, amount_year, expected_amount_365, return_probability
FROM {{ source('nightcast', 'rpt_customers_lapsing') }}
LIMIT 5
