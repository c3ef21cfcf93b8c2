-- Is this morning's forecast fresh?
-- From docs/sql.md by `python -m tests.documents`.
SELECT product, as_of, data_through, newest_status, newest_as_of
FROM {{ source('nightcast', 'rpt_freshness') }}
ORDER BY product
