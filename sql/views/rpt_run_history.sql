-- One row per run, newest first: its outcome, and the reasons for it. Read by whoever operates the nights.
CREATE VIEW rpt_run_history AS
SELECT
    run_id,
    product,
    as_of,
    status,
    started_at,
    published_at,
    finished_at,
    served,
    model_version,
    retrained,
    decision,
    notes,
    data_through,
    subjects,
    rows_read,
    rows_written,
    rows_rejected,
    error
FROM forecast_run
ORDER BY started_at DESC, run_id DESC;
