-- Which rows could not be used?
-- From docs/sql.md by `python -m tests.documents`.
SELECT rejected_at, rejected_by, source, reason, rows
FROM {{ source('nightcast', 'rpt_rejected_rows') }}
LIMIT 5
