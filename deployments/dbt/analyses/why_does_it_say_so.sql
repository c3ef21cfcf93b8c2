-- Why does it say so?
-- From docs/sql.md by `python -m tests.documents`.
SELECT customer_id, elapsed_days, visit_days, habit_probability, season_probability, return_probability
FROM {{ source('nightcast', 'latest_next_visit') }}
ORDER BY ABS(return_probability - habit_probability) DESC, customer_id
LIMIT 5
