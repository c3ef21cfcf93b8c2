-- One row per run, customer and bin: the probabilities of all runs, those of a run under way included. Read by the
-- program; reports read latest_next_visit_bin. A customer's are stored in one row; the last bin has what the others
-- leave.
--
-- probability (number): Probability that the next visit falls in the bin; those of a customer sum to 1.
CREATE VIEW next_visit_bin AS
SELECT
    run.run_id,
    stored.customer_id,
    visit_bin.bin,
    CASE
        WHEN visit_bin.to_day IS NULL
            THEN 1 - (COALESCE(stored.probability_1, 0) + COALESCE(stored.probability_2, 0)
            + COALESCE(stored.probability_3, 0) + COALESCE(stored.probability_4, 0)
            + COALESCE(stored.probability_5, 0) + COALESCE(stored.probability_6, 0)
            + COALESCE(stored.probability_7, 0) + COALESCE(stored.probability_8, 0)
            + COALESCE(stored.probability_9, 0) + COALESCE(stored.probability_10, 0)
            + COALESCE(stored.probability_11, 0))
        WHEN visit_bin.bin = 1 THEN stored.probability_1
        WHEN visit_bin.bin = 2 THEN stored.probability_2
        WHEN visit_bin.bin = 3 THEN stored.probability_3
        WHEN visit_bin.bin = 4 THEN stored.probability_4
        WHEN visit_bin.bin = 5 THEN stored.probability_5
        WHEN visit_bin.bin = 6 THEN stored.probability_6
        WHEN visit_bin.bin = 7 THEN stored.probability_7
        WHEN visit_bin.bin = 8 THEN stored.probability_8
        WHEN visit_bin.bin = 9 THEN stored.probability_9
        WHEN visit_bin.bin = 10 THEN stored.probability_10
        WHEN visit_bin.bin = 11 THEN stored.probability_11
    END AS probability
FROM forecast_run AS run
INNER JOIN visit_bin ON visit_bin.run_id = run.run_id
INNER JOIN next_visit_stored AS stored ON stored.run_number = run.run_number
WHERE run.product = 'next_visit';
