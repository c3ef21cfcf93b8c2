-- One row per run and customer: the forecasts of next visits of all runs, those of a run under way included. Read by
-- the program; reports read latest_next_visit.
--
-- overdue_days (number): Elapsed days beyond the usual interval; null if there are none.
-- likely_bin_probability (number): Probability of the most probable bin.
-- return_probability (number): Probability of a visit within the horizon.
-- state (text): lost: no date_10; else lapsing: overdue, and away for more than three usual intervals or without a
-- date_50; else new: one visit day; overdue; due: away for three quarters of the usual interval; or regular. With one
-- visit day, the usual interval of all counts.
CREATE VIEW next_visit AS
SELECT
    run.run_id,
    stored.customer_id,
    stored.last_visit_on,
    stored.visit_days,
    stored.elapsed_days,
    stored.usual_interval_days,
    CASE
        WHEN stored.elapsed_days > stored.usual_interval_days THEN stored.elapsed_days - stored.usual_interval_days
    END AS overdue_days,
    stored.amount_total,
    stored.amount_year,
    CASE stored.state_number
        WHEN 1 THEN 'new'
        WHEN 2 THEN 'regular'
        WHEN 3 THEN 'due'
        WHEN 4 THEN 'overdue'
        WHEN 5 THEN 'lapsing'
        WHEN 6 THEN 'lost'
    END AS state,
    stored.likely_bin,
    COALESCE(
        CASE stored.likely_bin
            WHEN 1 THEN stored.probability_1
            WHEN 2 THEN stored.probability_2
            WHEN 3 THEN stored.probability_3
            WHEN 4 THEN stored.probability_4
            WHEN 5 THEN stored.probability_5
            WHEN 6 THEN stored.probability_6
            WHEN 7 THEN stored.probability_7
            WHEN 8 THEN stored.probability_8
            WHEN 9 THEN stored.probability_9
            WHEN 10 THEN stored.probability_10
            WHEN 11 THEN stored.probability_11
        END,
        1 - (COALESCE(stored.probability_1, 0) + COALESCE(stored.probability_2, 0)
        + COALESCE(stored.probability_3, 0) + COALESCE(stored.probability_4, 0)
        + COALESCE(stored.probability_5, 0) + COALESCE(stored.probability_6, 0)
        + COALESCE(stored.probability_7, 0) + COALESCE(stored.probability_8, 0)
        + COALESCE(stored.probability_9, 0) + COALESCE(stored.probability_10, 0)
        + COALESCE(stored.probability_11, 0))
    ) AS likely_bin_probability,
    stored.median_days_ahead,
    COALESCE(stored.probability_1, 0) + COALESCE(stored.probability_2, 0) + COALESCE(stored.probability_3, 0)
    + COALESCE(stored.probability_4, 0) + COALESCE(stored.probability_5, 0) + COALESCE(stored.probability_6, 0)
    + COALESCE(stored.probability_7, 0) + COALESCE(stored.probability_8, 0) + COALESCE(stored.probability_9, 0)
    + COALESCE(stored.probability_10, 0) + COALESCE(stored.probability_11, 0)
        AS return_probability,
    stored.habit_probability,
    stored.season_probability,
    stored.date_10,
    stored.date_50,
    stored.date_90,
    stored.booked_on,
    stored.expected_visits_28,
    stored.expected_visits_365,
    stored.expected_amount_365
FROM forecast_run AS run
INNER JOIN next_visit_stored AS stored ON stored.run_number = run.run_number
WHERE run.product = 'next_visit';
