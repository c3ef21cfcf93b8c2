-- One row per matured run and metric: how the published forecast did against what came, the baseline beside it.
-- Read by whoever wants to know whether the forecasts can be trusted.
CREATE VIEW rpt_forecast_accuracy AS
SELECT
    score.product,
    score.as_of,
    score.metric,
    score.value,
    score.baseline_value,
    CASE WHEN score.baseline_value <> 0 THEN 1 - score.value / score.baseline_value END AS skill,
    run.served,
    run.model_version,
    score.scored_through,
    score.run_id
FROM forecast_score AS score
INNER JOIN forecast_run AS run ON run.run_id = score.run_id
ORDER BY score.product, score.as_of DESC, score.metric;
