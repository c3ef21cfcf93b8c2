-- One row per week and series of visits: what is expected, beside what came a year ago, as a share.
SELECT
    series_id,
    from_date,
    to_date,
    expected,
    q10,
    q90,
    year_ago,
    CASE WHEN year_ago > 0 THEN expected / year_ago - 1 END AS growth,
    as_of
FROM {{ source('nightcast', 'rpt_visits_ahead') }}
WHERE span = 'week' AND is_whole
