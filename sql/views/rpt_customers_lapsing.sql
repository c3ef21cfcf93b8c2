-- One row per regular customer who is unlikely to return (three visit days or more, and a return probability below 0.3
-- within the horizon), the biggest spenders first. Read by whoever wins customers back.
CREATE VIEW rpt_customers_lapsing AS
SELECT
    customer_id,
    return_probability,
    last_visit_on,
    elapsed_days,
    visit_days,
    amount_total,
    as_of,
    published_at
FROM latest_next_visit
WHERE visit_days >= 3 AND return_probability < 0.3
ORDER BY COALESCE(amount_total, 0) DESC, visit_days DESC, customer_id;
