-- One row per customer who is due or overdue: whom to remind, those who bring most first.
SELECT
    customer_id,
    state,
    last_visit_on,
    overdue_days,
    return_probability,
    date_50,
    expected_amount_365,
    as_of
FROM {{ source('nightcast', 'latest_next_visit') }}
WHERE state IN ('due', 'overdue')
