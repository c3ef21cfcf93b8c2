-- One row per series and day: the latest published forecast of visits per day. Read by reports and staff planning.
CREATE VIEW latest_visit_count_forecast AS
SELECT
    forecast.run_id,
    forecast.series_id,
    forecast.period,
    forecast.step,
    forecast.mean,
    forecast.q025,
    forecast.q10,
    forecast.q20,
    forecast.q30,
    forecast.q40,
    forecast.q50,
    forecast.q60,
    forecast.q70,
    forecast.q80,
    forecast.q90,
    forecast.q975,
    forecast.model,
    forecast.known_effect,
    forecast.booked,
    forecast.year_ago,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN visit_count_forecast AS forecast ON forecast.run_id = latest.run_id
WHERE latest.product = 'visit_counts';
