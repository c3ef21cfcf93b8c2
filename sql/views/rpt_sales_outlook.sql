-- One row per series of the latest published sales run: the next period with its 80 % band, the sum of the means over
-- the horizon, and the model; series without a forecast have a reason. Read by planners.
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
    status.series_id,
    status.status,
    status.model,
    first_step.period AS next_period,
    first_step.mean AS next_mean,
    first_step.q10 AS next_q10,
    first_step.q90 AS next_q90,
    totals.steps,
    totals.last_forecast_period,
    totals.total_mean,
    status.skill,
    status.last_period,
    status.observations,
    status.reason,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN series_status AS status ON status.run_id = latest.run_id
LEFT JOIN (
    SELECT
        run_id,
        series_id,
        COUNT(*) AS steps,
        MAX(period) AS last_forecast_period,
        SUM(mean) AS total_mean
    FROM latest_sales_forecast
    GROUP BY run_id, series_id
) AS totals ON totals.run_id = status.run_id AND totals.series_id = status.series_id
LEFT JOIN sales_forecast AS first_step
    ON first_step.run_id = status.run_id AND first_step.series_id = status.series_id AND first_step.step = 1
WHERE latest.product = 'sales'
ORDER BY COALESCE(totals.total_mean, 0) DESC, status.series_id;
