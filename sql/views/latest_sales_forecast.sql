-- One row per series and step: the latest published sales forecast. Read by reports and planning tools.
CREATE VIEW latest_sales_forecast AS
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
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN sales_forecast AS forecast ON forecast.run_id = latest.run_id
WHERE latest.product = 'sales';
