-- One row per product: what readers see now, and how the newest attempt went. Read by monitors: an as_of of
-- yesterday, or a newest_status other than published, wants a look.
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
