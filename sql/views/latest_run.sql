-- One row per product: the published run that the latest_* views show, which has the greatest as-of, and is the newest
-- on a tie. A backfill of an older as-of therefore never becomes the latest, and neither does a run whose as-of was
-- after the clock when it was made. Read by the other views.
CREATE VIEW latest_run AS
SELECT ranked.run_id, ranked.product, ranked.as_of, ranked.published_at
FROM (
    SELECT
        run_id,
        product,
        as_of,
        published_at,
        ROW_NUMBER() OVER (PARTITION BY product ORDER BY as_of DESC, published_at DESC, run_id DESC) AS position
    FROM forecast_run
    WHERE status = 'published' AND as_of <= begun_on
) AS ranked
WHERE ranked.position = 1;
