-- One row per reviewed run, part and metric: the score of the published forecast and of the baseline, and their means
-- over all runs of the week of the as-of, which begins on Monday. Backfills have means of their own. Read by whoever
-- wants to know how accurate forecasts are: by night, or with DISTINCT over part, is_backfill and the columns of the
-- week.
--
-- skill (number): 1 - value / baseline_value; null for metrics that are not losses.
-- week_value (number): Mean score of the week's forecasts.
-- week_baseline_value (number): Mean score of the week's baselines.
-- week_skill (number): 1 - week_value / week_baseline_value; null for metrics that are not losses.
CREATE VIEW rpt_forecast_accuracy AS
SELECT
    scored.product,
    scored.as_of,
    scored.part,
    scored.metric,
    scored.value,
    scored.baseline_value,
    CASE WHEN scored.is_loss = 1 AND scored.baseline_value <> 0 THEN 1 - scored.value / scored.baseline_value END
        AS skill,
    scored.served,
    scored.model_version,
    scored.scored_through,
    scored.is_backfill,
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
        score.part,
        score.metric,
        score.value,
        score.baseline_value,
        run.served,
        run.model_version,
        score.scored_through,
        score.is_backfill,
        score.run_id,
        score.week,
        AVG(score.value) OVER (
            PARTITION BY score.product, score.part, score.metric, score.is_backfill, score.week
        ) AS week_value,
        AVG(score.baseline_value) OVER (
            PARTITION BY score.product, score.part, score.metric, score.is_backfill, score.week
        ) AS week_baseline_value,
        CASE
            WHEN score.metric IN (
                'auc_return', 'predicted_returners', 'realised_returners', 'predicted_customers',
                'realised_customers', 'customers',
                'coverage_80', 'coverage_95', 'series'
            ) THEN 0
            ELSE 1
        END AS is_loss
    FROM forecast_score AS score
    LEFT JOIN forecast_run AS run ON run.run_id = score.run_id
) AS scored
ORDER BY
    scored.product,
    scored.is_backfill,
    scored.as_of DESC,
    scored.scored_through DESC,
    scored.part,
    scored.metric;
