-- One row per state: how many customers are in it, and what is expected of them. Read by whoever looks after the shop's
-- customers as a whole.
--
-- customers (integer): Number of customers in the state.
-- amount_year: Sum of the known amounts of the last 365 days; null if none is known.
-- expected_visits_28: Expected number of visit days in the 28 days from the as-of on, of all of them.
-- expected_visits_365: Expected number of visit days in the 365 days from the as-of on.
-- expected_amount_365: Expected sum of amounts in the 365 days from the as-of on; null if no amount of any customer is
-- known.
CREATE VIEW rpt_customer_states AS
SELECT
    state,
    COUNT(*) AS customers,
    SUM(amount_year) AS amount_year,
    SUM(expected_visits_28) AS expected_visits_28,
    SUM(expected_visits_365) AS expected_visits_365,
    SUM(expected_amount_365) AS expected_amount_365,
    as_of,
    published_at
FROM latest_next_visit
GROUP BY state, as_of, published_at
ORDER BY
    CASE state
        WHEN 'new' THEN 1
        WHEN 'regular' THEN 2
        WHEN 'due' THEN 3
        WHEN 'overdue' THEN 4
        WHEN 'lapsing' THEN 5
        ELSE 6
    END;
