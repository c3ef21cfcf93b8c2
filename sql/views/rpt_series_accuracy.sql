-- One row per product, series and kind of run: how well the series was forecast in its last reviewed runs, the worst
-- first, by skill. Backfills have rows of their own. Read by planners: which forecasts to check by hand.
--
-- forecasts (integer): Number of reviewed runs that the means are over.
-- newest_as_of (date): As-of of the newest of them.
-- mae (number): Mean absolute error.
-- baseline_mae (number): Mean absolute error of seasonal naive.
-- skill (number): 1 - mae / baseline_mae: below 0 where repeating the last season was better; null where that made no
-- error.
-- mase (number): Error beside that of repeating the last season in the history; below 1 is better.
-- bias (number): Mean of forecast less value: above 0 where too much was forecast.
-- coverage_80 (number): Share of values in the 80 % bands.
CREATE VIEW rpt_series_accuracy AS
SELECT
    scored.product,
    scored.series_id,
    scored.is_backfill,
    scored.forecasts,
    scored.newest_as_of,
    scored.mae,
    scored.baseline_mae,
    CASE WHEN scored.baseline_mae > 0 THEN 1 - scored.mae / scored.baseline_mae END AS skill,
    scored.mase,
    scored.bias,
    scored.coverage_80
FROM (
    SELECT
        score.product,
        score.series_id,
        score.is_backfill,
        COUNT(DISTINCT score.run_id) AS forecasts,
        MAX(score.as_of) AS newest_as_of,
        AVG(CASE WHEN score.metric = 'mae' THEN score.value END) AS mae,
        AVG(CASE WHEN score.metric = 'mae' THEN score.baseline_value END) AS baseline_mae,
        AVG(CASE WHEN score.metric = 'mase' THEN score.value END) AS mase,
        AVG(CASE WHEN score.metric = 'bias' THEN score.value END) AS bias,
        AVG(CASE WHEN score.metric = 'coverage_80' THEN score.value END) AS coverage_80
    FROM series_score AS score
    INNER JOIN forecast_run AS run ON run.run_id = score.run_id
    WHERE run.status = 'published'
    GROUP BY score.product, score.series_id, score.is_backfill
) AS scored
ORDER BY
    scored.product,
    scored.is_backfill,
    CASE WHEN scored.baseline_mae > 0 THEN scored.mae / scored.baseline_mae ELSE 0 END DESC,
    scored.series_id;
