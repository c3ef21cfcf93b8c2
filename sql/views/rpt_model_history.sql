-- One row per trained model, newest first: why it serves or not, and how long it has served. Read by whoever asks which
-- model made a forecast, and why.
--
-- served: Recipe that forecast with it; null if it never forecast.
-- decision: Why it was trained, and why it serves; null if it never forecast.
-- nights (integer): Number of published nights that it forecast, superseded ones included.
-- first_as_of (date): As-of of the first of them.
-- last_as_of (date): As-of of the last of them.
CREATE VIEW rpt_model_history AS
SELECT
    version.product,
    version.model_version,
    version.status,
    version.as_of,
    version.trained_at,
    version.promoted_at,
    trained.served,
    trained.decision,
    COALESCE(published.nights, 0) AS nights,
    published.first_as_of,
    published.last_as_of
FROM model_version AS version
LEFT JOIN (
    SELECT
        model_version,
        served,
        decision,
        ROW_NUMBER() OVER (PARTITION BY model_version ORDER BY started_at, run_id) AS position
    FROM forecast_run
    WHERE model_version IS NOT NULL
) AS trained ON trained.model_version = version.model_version AND trained.position = 1
LEFT JOIN (
    SELECT
        model_version,
        COUNT(*) AS nights,
        MIN(as_of) AS first_as_of,
        MAX(as_of) AS last_as_of
    FROM forecast_run
    WHERE status IN ('published', 'superseded')
    GROUP BY model_version
) AS published ON published.model_version = version.model_version
ORDER BY version.trained_at DESC, version.model_version;
