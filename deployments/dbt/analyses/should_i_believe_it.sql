-- Should I believe it?
-- From docs/sql.md by `python -m tests.documents`.
SELECT product, mark, sentence
FROM {{ source('nightcast', 'rpt_trust') }}
ORDER BY product
