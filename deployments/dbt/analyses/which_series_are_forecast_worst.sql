-- Which series are forecast worst?
-- From docs/sql.md by `python -m tests.documents`.
SELECT series_id, mae, baseline_mae, skill, bias, coverage_80
FROM {{ source('nightcast', 'rpt_series_accuracy') }}
WHERE product = 'sales'
LIMIT 5
