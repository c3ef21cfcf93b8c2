-- One row per customer, the likeliest to come in the first bin first. Read by whoever invites, reminds or greets
-- customers: those who are overdue on their own rhythm have overdue_days above 0.
--
-- probability: Probability that the next visit falls in the first bin.
-- from_date: First date of the first bin.
-- to_date: Last date of the first bin.
CREATE VIEW rpt_customers_due AS
SELECT
    bins.customer_id,
    bins.probability,
    bins.from_date,
    bins.to_date,
    forecast.last_visit_on,
    forecast.elapsed_days,
    forecast.usual_interval_days,
    forecast.overdue_days,
    forecast.state,
    forecast.visit_days,
    forecast.amount_total,
    forecast.amount_year,
    forecast.median_days_ahead,
    forecast.date_10,
    forecast.date_50,
    forecast.date_90,
    forecast.return_probability,
    bins.as_of,
    bins.published_at
FROM latest_next_visit_bin AS bins
INNER JOIN next_visit AS forecast ON forecast.run_id = bins.run_id AND forecast.customer_id = bins.customer_id
WHERE bins.bin = 1
ORDER BY bins.probability DESC, bins.customer_id;
