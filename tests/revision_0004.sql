-- What the program before revision 0005 had published: two products at 2026-03-31, and a failed run. Statements end with
-- a semicolon at the end of a line; unqualified names, times in UTC.
INSERT INTO model_version
    (model_version, product, status, trained_at, as_of, artifact, sha256, parameters, metrics)
VALUES
    ('next_visit-20260331-aaaaaaaa', 'next_visit', 'champion', '2026-03-31 03:31:10.000000', '2026-03-31',
     'next_visit-20260331-aaaaaaaa', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
     '{"recipe": "lstm", "shape": {"next_visit": {"bin_edges_days": [7, 14, 28, 56], "architecture": "hazard", "classic": {"look_back": 3, "interval_edges_days": [40, 60, 80, 100], "units": [32, 32], "dense_units": [32], "dropout": 0.2, "epochs": 10, "batch_size": 256, "learning_rate": 0.002, "test_share": 0.2, "windows": 60000}, "look_back": 16, "units": 12, "head_units": 32, "dropout": 0.2, "members": 2, "epochs": 4, "batch_size": 256, "learning_rate": 0.003, "landmark_spacing_days": 7, "landmark_rows": 400000, "minimum_rows": 800, "minimum_customers": 20}, "timezone": "UTC", "seed": 20240229}}',
     '{"log_loss": 0.91, "auc_return": 0.83}'),
    ('sales-20260331-bbbbbbbb', 'sales', 'champion', '2026-03-31 03:32:40.000000', '2026-03-31',
     'sales-20260331-bbbbbbbb', '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
     '{"recipe": "ensemble", "shape": {"sales": {"horizon": "auto", "season": "auto", "dead_after": "auto", "negative": "auto", "look_back": "auto", "minimum_observations": "auto", "models": "auto", "maximum_statistical_series": 1000, "origins": 2, "preparation": [], "framing": "time_steps", "layers": 1, "stateful": false, "members": 3, "units": 48, "steps": 400, "refit_steps": 200, "batch_size": 64, "learning_rate": 0.003, "maximum_windows": 16384, "country": null, "history": "auto"}, "frequency": "D", "horizon": 28, "missing": "auto", "duplicates": "last", "covariates": [], "seed": 20240229}}',
     '{"wape": 0.24, "mase": 0.78}');
INSERT INTO forecast_run
    (run_id, product, as_of, status, started_at, heartbeat_at, published_at, finished_at, host, pid, "trigger",
     model_version, served, retrained, decision, data_through, subjects, rows_read, rows_written, rows_rejected,
     stage_seconds, settings, code_version, error)
VALUES
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'next_visit', '2026-03-31', 'published', '2026-03-31 03:30:01.000000',
     '2026-03-31 03:31:20.000000', '2026-03-31 03:31:21.000000', '2026-03-31 03:31:21.000000', 'till', 4711, 'nightly',
     'next_visit-20260331-aaaaaaaa', 'lstm', TRUE, 'trained, there is no champion yet: lstm won', '2026-03-30', 2, 60, 12,
     1, '{"check": 0.1, "extract": 0.2, "model": 20.5}', '{"next_visit": {"architecture": "hazard"}}', '0.1.0', NULL),
    ('0195e9a0-0000-7000-8000-0000bbbbbbbb', 'sales', '2026-03-31', 'published', '2026-03-31 03:31:22.000000',
     '2026-03-31 03:32:50.000000', '2026-03-31 03:32:51.000000', '2026-03-31 03:32:51.000000', 'till', 4711, 'nightly',
     'sales-20260331-bbbbbbbb', 'ensemble', TRUE, 'trained, there is no champion yet: ensemble won', '2026-03-30', 1, 90, 3,
     0, '{"check": 0.1, "extract": 0.2, "model": 25.5}', '{"sales": {"models": "auto"}}', '0.1.0', NULL),
    ('0195e9a0-0000-7000-8000-0000cccccccc', 'sales', '2026-03-30', 'failed', '2026-03-30 03:31:22.000000',
     '2026-03-30 03:32:50.000000', NULL, '2026-03-30 03:32:51.000000', 'till', 4710, 'nightly',
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, '{}', '{}', '0.1.0', 'There is no table or view sales');
INSERT INTO visit_bin (run_id, bin, from_day, to_day, label, from_date, to_date)
VALUES
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 1, 1, 7, '1-7', '2026-03-31', '2026-04-06'),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 2, 8, 14, '8-14', '2026-04-07', '2026-04-13'),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 3, 15, 28, '15-28', '2026-04-14', '2026-04-27'),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 4, 29, 56, '29-56', '2026-04-28', '2026-05-25'),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 5, 57, NULL, 'later', '2026-05-26', NULL);
INSERT INTO next_visit
    (run_id, customer_id, last_visit_on, visit_days, elapsed_days, amount_total, likely_bin, likely_bin_probability,
     median_days, return_probability)
VALUES
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', '2026-03-29', 40, 2, 812.5, 1, 0.8, 3, 0.97),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', '2025-12-24', 3, 97, NULL, 5, 0.7, NULL, 0.3);
INSERT INTO next_visit_bin (run_id, customer_id, bin, probability)
VALUES
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', 1, 0.8),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', 2, 0.1),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', 3, 0.05),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', 4, 0.02),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00001', 5, 0.03),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', 1, 0.05),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', 2, 0.05),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', 3, 0.1),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', 4, 0.1),
    ('0195e9a0-0000-7000-8000-0000aaaaaaaa', 'C-00002', 5, 0.7);
INSERT INTO sales_forecast (run_id, series_id, period, step, mean, q025, q10, q50, q90, q975, model)
VALUES
    ('0195e9a0-0000-7000-8000-0000bbbbbbbb', 'bakery/rye', '2026-03-31', 1, 31.5, 20, 24, 31, 40, 46, 'ensemble'),
    ('0195e9a0-0000-7000-8000-0000bbbbbbbb', 'bakery/rye', '2026-04-01', 2, 28.5, 18, 22, 28, 36, 42, 'ensemble');
INSERT INTO series_status (run_id, series_id, status, model, reason, observations, last_period, skill)
VALUES
    ('0195e9a0-0000-7000-8000-0000bbbbbbbb', 'bakery/rye', 'forecast', 'ensemble', NULL, 730, '2026-03-30', 0.31);
INSERT INTO evaluation (model_version, product, as_of, segment, metric, value, baseline, baseline_value)
VALUES
    ('next_visit-20260331-aaaaaaaa', 'next_visit', '2026-02-03', 'all', 'log_loss', 0.91, 'life_table', 1.11),
    ('sales-20260331-bbbbbbbb', 'sales', '2026-03-03', 'all', 'wape', 0.24, 'seasonal_naive', 0.35);
INSERT INTO forecast_score (run_id, product, as_of, scored_through, metric, value, baseline_value, week)
VALUES
    ('0195d000-0000-7000-8000-0000dddddddd', 'sales', '2026-02-24', '2026-03-23', 'wape', 0.25, 0.36, '2026-02-23');
INSERT INTO rejected_row (rejection_id, run_id, load_id, source, reason, "rows", example)
VALUES
    ('0195e9a0-0000-7000-8000-0000eeeeeeee', '0195e9a0-0000-7000-8000-0000aaaaaaaa', NULL, 'visits',
     'visited_at is after the clock', 1, 'customer C*****1, 2031-01-01');
