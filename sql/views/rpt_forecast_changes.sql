-- One row per published run and measure, the newest first: how the run's totals differ from those of the run before,
-- and why. Read by whoever wonders why the forecast moved.
--
-- difference (number): Present less previous; the sum of by_calendar, by_data and by_model where these are known.
-- previous_model_version (text): Model version of the run before.
CREATE VIEW rpt_forecast_changes AS
SELECT
    changed.product,
    changed.as_of,
    changed.measure,
    changed.previous_as_of,
    changed.previous,
    changed.present,
    changed.present - changed.previous AS difference,
    changed.by_calendar,
    changed.by_data,
    changed.by_model,
    run.model_version,
    earlier.model_version AS previous_model_version,
    changed.run_id,
    changed.previous_run_id
FROM forecast_change AS changed
INNER JOIN forecast_run AS run ON run.run_id = changed.run_id
LEFT JOIN forecast_run AS earlier ON earlier.run_id = changed.previous_run_id
WHERE run.status = 'published'
ORDER BY changed.as_of DESC, changed.product, changed.measure;
