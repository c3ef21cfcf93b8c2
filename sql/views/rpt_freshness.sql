-- One row per product: the run that readers see, and the outcome of the newest run. Read by monitors: an as_of before
-- yesterday, or a newest_status other than published, needs attention.
--
-- data_through: Newest day in the source when the run that readers see was made.
-- newest_status (text): Status of the newest run.
-- newest_as_of (date): As-of of the newest run.
-- newest_started_at (time): When the newest run started.
-- newest_error (text): Why the newest run failed or was abandoned.
CREATE VIEW rpt_freshness AS
SELECT
    newest.product,
    latest.as_of,
    latest.published_at,
    shown.data_through,
    newest.status AS newest_status,
    newest.as_of AS newest_as_of,
    newest.started_at AS newest_started_at,
    newest.error AS newest_error
FROM (
    SELECT
        product,
        status,
        as_of,
        started_at,
        error,
        ROW_NUMBER() OVER (PARTITION BY product ORDER BY started_at DESC, run_id DESC) AS position
    FROM forecast_run
) AS newest
LEFT JOIN latest_run AS latest ON latest.product = newest.product
LEFT JOIN forecast_run AS shown ON shown.run_id = latest.run_id
WHERE newest.position = 1;
