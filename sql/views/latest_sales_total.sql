-- One row per level, group and span of time: totals of the latest published sales forecast. Read by reports.
CREATE VIEW latest_sales_total AS
SELECT
    total.run_id,
    total.level,
    total.group_value,
    total.span,
    total.from_period,
    total.to_period,
    total.is_whole,
    total.mean,
    total.q025,
    total.q10,
    total.q20,
    total.q30,
    total.q40,
    total.q50,
    total.q60,
    total.q70,
    total.q80,
    total.q90,
    total.q975,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN sales_total AS total ON total.run_id = latest.run_id
WHERE latest.product = 'sales';
