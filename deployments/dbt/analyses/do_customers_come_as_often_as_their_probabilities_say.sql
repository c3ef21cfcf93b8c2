-- Do customers come as often as their probabilities say?
-- From docs/sql.md by `python -m tests.documents`.
SELECT part, group_number, predicted, realised, customers
FROM {{ source('nightcast', 'rpt_visit_calibration') }}
WHERE part = '1-7'
ORDER BY as_of DESC, group_number
LIMIT 10
