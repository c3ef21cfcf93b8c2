-- One row per customer: the latest published next-visit forecast. Read by reports and marketing tools.
CREATE VIEW latest_next_visit AS
SELECT
    forecast.run_id,
    forecast.customer_id,
    forecast.last_visit_on,
    forecast.visit_days,
    forecast.elapsed_days,
    forecast.usual_interval_days,
    forecast.overdue_days,
    forecast.amount_total,
    forecast.amount_year,
    forecast.state,
    forecast.likely_bin,
    forecast.likely_bin_probability,
    forecast.median_days_ahead,
    forecast.return_probability,
    forecast.habit_probability,
    forecast.season_probability,
    forecast.date_10,
    forecast.date_50,
    forecast.date_90,
    forecast.booked_on,
    forecast.expected_visits_28,
    forecast.expected_visits_365,
    forecast.expected_amount_365,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN next_visit AS forecast ON forecast.run_id = latest.run_id
WHERE latest.product = 'next_visit';
