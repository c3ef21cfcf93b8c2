-- When will this customer come?
-- From docs/sql.md by `python -m tests.documents`.
SELECT customer_id, last_visit_on, date_10, date_50, date_90, likely_bin_probability, return_probability
FROM {{ source('nightcast', 'latest_next_visit') }}
WHERE customer_id = '{{ var("customer_id", "C-00007") }}'
