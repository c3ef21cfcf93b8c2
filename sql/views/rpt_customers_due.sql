-- One row per customer, the likeliest to come in the first bin first. Read by whoever invites, reminds or greets
-- customers. Those who are overdue on their own rhythm have overdue_days above 0. The first rows come from an index,
-- for which the run and its bin are looked up alone instead of being joined.
--
-- probability (number): Probability that the next visit falls in the first bin.
-- from_date: First date of the first bin.
-- to_date: Last date of the first bin.
-- overdue_days (number): Elapsed days beyond the usual interval; null if there are none.
-- return_probability (number): Probability of a visit within the horizon.
-- state (text): lost: no date_10; else lapsing: overdue, and away for more than three usual intervals or without a
-- date_50; else new: one visit day; overdue; due: away for three quarters of the usual interval; or regular. With one
-- visit day, the usual interval of all counts.
CREATE VIEW rpt_customers_due AS
SELECT
    stored.customer_id,
    stored.probability_1 AS probability,
    (
        SELECT visit_bin.from_date
        FROM latest_run INNER JOIN visit_bin ON visit_bin.run_id = latest_run.run_id AND visit_bin.bin = 1
        WHERE latest_run.product = 'next_visit'
    ) AS from_date,
    (
        SELECT visit_bin.to_date
        FROM latest_run INNER JOIN visit_bin ON visit_bin.run_id = latest_run.run_id AND visit_bin.bin = 1
        WHERE latest_run.product = 'next_visit'
    ) AS to_date,
    stored.last_visit_on,
    stored.elapsed_days,
    stored.usual_interval_days,
    CASE
        WHEN stored.elapsed_days > stored.usual_interval_days THEN stored.elapsed_days - stored.usual_interval_days
    END AS overdue_days,
    CASE stored.state_number
        WHEN 1 THEN 'new'
        WHEN 2 THEN 'regular'
        WHEN 3 THEN 'due'
        WHEN 4 THEN 'overdue'
        WHEN 5 THEN 'lapsing'
        WHEN 6 THEN 'lost'
    END AS state,
    stored.visit_days,
    stored.amount_total,
    stored.amount_year,
    stored.median_days_ahead,
    stored.date_10,
    stored.date_50,
    stored.date_90,
    stored.probability_1 + COALESCE(stored.probability_2, 0) + COALESCE(stored.probability_3, 0)
    + COALESCE(stored.probability_4, 0) + COALESCE(stored.probability_5, 0) + COALESCE(stored.probability_6, 0)
    + COALESCE(stored.probability_7, 0) + COALESCE(stored.probability_8, 0) + COALESCE(stored.probability_9, 0)
    + COALESCE(stored.probability_10, 0) + COALESCE(stored.probability_11, 0)
        AS return_probability,
    (SELECT latest_run.as_of FROM latest_run WHERE latest_run.product = 'next_visit') AS as_of,
    (SELECT latest_run.published_at FROM latest_run WHERE latest_run.product = 'next_visit') AS published_at
FROM next_visit_stored AS stored
WHERE
    stored.run_number = (
        SELECT forecast_run.run_number
        FROM latest_run INNER JOIN forecast_run ON forecast_run.run_id = latest_run.run_id
        WHERE latest_run.product = 'next_visit'
    )
ORDER BY stored.probability_1 DESC, stored.customer_id;
