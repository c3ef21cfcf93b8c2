-- One row per level, group and week, month or horizon of the latest published sales forecast: the total that is
-- expected, with its 80 % band, all series first. Series themselves are left out. Read by planners and managers.
--
-- mean: Expected total; groups of a level add up to all.
-- q10: 10 % quantile of the total.
-- q90: 90 % quantile of the total.
CREATE VIEW rpt_sales_totals AS
SELECT
    total.level,
    total.group_value,
    total.span,
    total.from_period,
    total.to_period,
    total.is_whole,
    total.mean,
    total.q10,
    total.q90,
    total.as_of,
    total.published_at
FROM latest_sales_total AS total
WHERE total.level <> 'series' AND total.span <> 'period'
ORDER BY
    CASE total.level WHEN 'all' THEN 0 ELSE 1 END,
    total.level,
    total.group_value,
    CASE total.span WHEN 'horizon' THEN 0 WHEN 'month' THEN 1 ELSE 2 END,
    total.from_period;
