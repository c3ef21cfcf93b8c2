-- Which model forecast, and why?
-- From docs/sql.md by `python -m tests.documents`.
SELECT product, model_version, served, status, nights, decision
FROM {{ source('nightcast', 'rpt_model_history') }}
ORDER BY product
