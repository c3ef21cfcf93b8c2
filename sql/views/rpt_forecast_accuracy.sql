-- One row per matured run and metric: how the published forecast did against what came, the baseline beside it, and the
-- means over all forecasts of that week; a week begins on Monday, and is that of the as-of.
-- Read by whoever wants to know whether the forecasts can be trusted: by night, or with DISTINCT over the week's columns.
CREATE VIEW rpt_forecast_accuracy AS
SELECT
    scored.product,
    scored.as_of,
    scored.metric,
    scored.value,
    scored.baseline_value,
    CASE WHEN scored.is_loss = 1 AND scored.baseline_value <> 0 THEN 1 - scored.value / scored.baseline_value END
        AS skill,
    scored.served,
    scored.model_version,
    scored.scored_through,
    scored.run_id,
    scored.week,
    scored.week_value,
    scored.week_baseline_value,
    CASE
        WHEN scored.is_loss = 1 AND scored.week_baseline_value <> 0
            THEN 1 - scored.week_value / scored.week_baseline_value
    END AS week_skill
FROM (
    SELECT
        score.product,
        score.as_of,
        score.metric,
        score.value,
        score.baseline_value,
        run.served,
        run.model_version,
        score.scored_through,
        score.run_id,
        score.week,
        AVG(score.value) OVER (PARTITION BY score.product, score.metric, score.week) AS week_value,
        AVG(score.baseline_value) OVER (PARTITION BY score.product, score.metric, score.week) AS week_baseline_value,
        CASE
            WHEN score.metric IN (
                'auc_return', 'predicted_returners', 'realised_returners', 'customers',
                'coverage_80', 'coverage_95', 'series'
            ) THEN 0
            ELSE 1
        END AS is_loss
    FROM forecast_score AS score
    LEFT JOIN forecast_run AS run ON run.run_id = score.run_id
) AS scored
ORDER BY scored.product, scored.as_of DESC, scored.metric;
