-- One row per customer: the latest published next-visit forecast. Read by reports and marketing tools.
CREATE VIEW latest_next_visit AS
SELECT
    forecast.run_id,
    forecast.customer_id,
    forecast.last_visit_on,
    forecast.visit_days,
    forecast.elapsed_days,
    forecast.amount_total,
    forecast.likely_bin,
    forecast.likely_bin_probability,
    forecast.median_days_ahead,
    forecast.return_probability,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN next_visit AS forecast ON forecast.run_id = latest.run_id
WHERE latest.product = 'next_visit';
