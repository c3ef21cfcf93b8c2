-- How many customers are in each state, and what are they worth?
-- From docs/sql.md by `python -m tests.documents`.
SELECT state, customers, amount_year, expected_visits_28, expected_visits_365, expected_amount_365
FROM {{ source('nightcast', 'rpt_customer_states') }}
ORDER BY expected_amount_365 DESC
