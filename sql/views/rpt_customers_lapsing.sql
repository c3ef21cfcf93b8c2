-- One row per customer who is drifting away but may well return (state lapsing; the lost ones are left out), those who
-- brought most in the last year first. Read by whoever wins customers back.
CREATE VIEW rpt_customers_lapsing AS
SELECT
    customer_id,
    state,
    return_probability,
    last_visit_on,
    elapsed_days,
    usual_interval_days,
    overdue_days,
    visit_days,
    amount_total,
    amount_year,
    expected_visits_365,
    expected_amount_365,
    date_10,
    date_50,
    as_of,
    published_at
FROM latest_next_visit
WHERE state = 'lapsing'
ORDER BY
    COALESCE(amount_year, 0) DESC,
    COALESCE(expected_amount_365, 0) DESC,
    expected_visits_365 DESC,
    customer_id;
