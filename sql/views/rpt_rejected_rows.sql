-- One row per run or load, and reason: how many rows could not be used, newest first. Read by whoever mends the
-- sources.
--
-- rejected_at (time): When the run began, or the file was loaded.
-- rejected_by (text): run or load.
-- file_name: Name of the file; null for a run.
CREATE VIEW rpt_rejected_rows AS
SELECT
    COALESCE(run.started_at, loaded.loaded_at) AS rejected_at,
    CASE WHEN rejected.load_id IS NULL THEN 'run' ELSE 'load' END AS rejected_by,
    loaded.file_name,
    rejected.source,
    rejected.reason,
    rejected.rows,
    rejected.example,
    rejected.run_id,
    rejected.load_id
FROM rejected_row AS rejected
LEFT JOIN forecast_run AS run ON run.run_id = rejected.run_id
LEFT JOIN source_load AS loaded ON loaded.load_id = rejected.load_id
ORDER BY rejected_at DESC, rejected.source, rejected.rows DESC;
