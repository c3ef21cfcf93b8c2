-- How many visits will the coming weeks see, against last year?
-- From docs/sql.md by `python -m tests.documents`.
SELECT from_date, to_date, expected, q10, q90, year_ago
FROM {{ source('nightcast', 'rpt_visits_ahead') }}
WHERE span = 'week' AND series_id = 'all' AND is_whole
ORDER BY from_date
