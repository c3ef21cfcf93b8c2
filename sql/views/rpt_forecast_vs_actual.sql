-- One row per published run, series and period that is over: what was forecast, and what came. A period has a row for
-- each as-of that forecast it, as long as the rows of these runs are kept. Read by whoever wants to see both side by
-- side; name a product and a series.
--
-- step: How far ahead it was forecast: 1 is the first period that was not wholly known.
-- error (number): Mean less value: above 0 where too much was forecast.
-- is_in_band (integer): 1 where the value lies in the 80 % band, from q10 to q90, else 0.
-- is_backfill (boolean): Whether the forecast was made after the day of its as-of.
CREATE VIEW rpt_forecast_vs_actual AS
SELECT
    run.product,
    forecast.series_id,
    forecast.period,
    run.as_of,
    forecast.step,
    forecast.mean,
    forecast.q10,
    forecast.q50,
    forecast.q90,
    actual.value,
    forecast.mean - actual.value AS error,
    CASE WHEN actual.value BETWEEN forecast.q10 AND forecast.q90 THEN 1 ELSE 0 END AS is_in_band,
    forecast.model,
    run.begun_on > run.as_of AS is_backfill,
    actual.first_seen_at,
    actual.changed_at
FROM forecast_run AS run
INNER JOIN sales_forecast AS forecast ON forecast.run_id = run.run_id
INNER JOIN sales_actual AS actual ON actual.series_id = forecast.series_id AND actual.period = forecast.period
WHERE run.product = 'sales' AND run.status = 'published' AND actual.value IS NOT NULL
UNION ALL
SELECT
    run.product,
    forecast.series_id,
    forecast.period,
    run.as_of,
    forecast.step,
    forecast.mean,
    forecast.q10,
    forecast.q50,
    forecast.q90,
    actual.value,
    forecast.mean - actual.value AS error,
    CASE WHEN actual.value BETWEEN forecast.q10 AND forecast.q90 THEN 1 ELSE 0 END AS is_in_band,
    forecast.model,
    run.begun_on > run.as_of AS is_backfill,
    actual.first_seen_at,
    actual.changed_at
FROM forecast_run AS run
INNER JOIN visit_count_forecast AS forecast ON forecast.run_id = run.run_id
INNER JOIN visit_count_actual AS actual ON actual.series_id = forecast.series_id AND actual.period = forecast.period
WHERE run.product = 'visit_counts' AND run.status = 'published' AND actual.value IS NOT NULL;
