-- One row per reviewed run, part and tenth of the customers, by their predicted probability: what was predicted, and
-- what came. Read by whoever acts on the probabilities: of customers with 30 % about three in ten should come.
--
-- gap (number): Realised less predicted share: above 0 where more came than were expected.
CREATE VIEW rpt_visit_calibration AS
SELECT
    calibration.run_id,
    calibration.as_of,
    calibration.part,
    calibration.group_number,
    calibration.predicted,
    calibration.realised,
    calibration.realised - calibration.predicted AS gap,
    calibration.customers,
    calibration.scored_through,
    calibration.is_backfill,
    run.served,
    run.model_version
FROM visit_calibration AS calibration
INNER JOIN forecast_run AS run ON run.run_id = calibration.run_id
WHERE run.status = 'published'
ORDER BY calibration.is_backfill, calibration.as_of DESC, calibration.part, calibration.group_number;
