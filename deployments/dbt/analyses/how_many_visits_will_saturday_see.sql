-- How many visits will Saturday see?
-- From docs/sql.md by `python -m tests.documents`.
SELECT series_id, from_date, expected, q10, q90, known_customers, booked, year_ago
FROM {{ source('nightcast', 'rpt_visits_ahead') }}
WHERE span = 'day' AND from_date = '{{ var("from_date", "2026-11-28") }}'
ORDER BY series_id
