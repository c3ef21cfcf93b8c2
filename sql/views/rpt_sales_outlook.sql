-- One row per series of the latest published sales run: the next period with its 80 % band, the sum of the means over
-- the horizon, and the model; series without a forecast have a reason. Read by planners. The steps of each series are looked
-- up by the key: joined as one table of sums, SQLite would read all of these for every series.
--
-- next_period (date): First period that is forecast.
-- next_mean (number): Expected value of that period.
-- next_q10 (number): 10 % quantile of next_mean.
-- next_q90 (number): 90 % quantile of next_mean.
-- steps (integer): Number of periods that are forecast.
-- last_forecast_period (date): Last period that is forecast.
-- total_mean (number): Sum of the means over the horizon.
-- status: forecast, fallback or skipped.
-- model: Recipe that forecast the series; dead: zeros after its end; null: skipped.
CREATE VIEW rpt_sales_outlook AS
SELECT
    outlook.series_id,
    outlook.status,
    outlook.model,
    outlook.next_period,
    outlook.next_mean,
    outlook.next_q10,
    outlook.next_q90,
    outlook.steps,
    outlook.last_forecast_period,
    outlook.total_mean,
    outlook.skill,
    outlook.last_period,
    outlook.observations,
    outlook.reason,
    outlook.as_of,
    outlook.published_at
FROM (
    SELECT
        status.series_id,
        status.status,
        status.model,
        first_step.period AS next_period,
        first_step.mean AS next_mean,
        first_step.q10 AS next_q10,
        first_step.q90 AS next_q90,
        (
            SELECT MAX(forecast.step)
            FROM sales_forecast AS forecast
            WHERE forecast.run_id = status.run_id AND forecast.series_id = status.series_id
        ) AS steps,
        (
            SELECT MAX(forecast.period)
            FROM sales_forecast AS forecast
            WHERE forecast.run_id = status.run_id AND forecast.series_id = status.series_id
        ) AS last_forecast_period,
        (
            SELECT SUM(forecast.mean)
            FROM sales_forecast AS forecast
            WHERE forecast.run_id = status.run_id AND forecast.series_id = status.series_id
        ) AS total_mean,
        status.skill,
        status.last_period,
        status.observations,
        status.reason,
        latest.as_of,
        latest.published_at
    FROM latest_run AS latest
    INNER JOIN series_status AS status ON status.run_id = latest.run_id
    LEFT JOIN sales_forecast AS first_step
        ON first_step.run_id = status.run_id AND first_step.series_id = status.series_id AND first_step.step = 1
    WHERE latest.product = 'sales'
) AS outlook
ORDER BY COALESCE(outlook.total_mean, 0) DESC, outlook.series_id;
