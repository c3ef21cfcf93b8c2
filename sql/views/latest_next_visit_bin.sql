-- One row per customer and bin: the probability that the next visit falls in the bin, with the days and dates of the
-- bin. Read by reports that need the whole distribution.
CREATE VIEW latest_next_visit_bin AS
SELECT
    forecast.run_id,
    forecast.customer_id,
    forecast.bin,
    forecast.probability,
    visit_bin.from_day,
    visit_bin.to_day,
    visit_bin.from_date,
    visit_bin.to_date,
    visit_bin.label,
    latest.as_of,
    latest.published_at
FROM latest_run AS latest
INNER JOIN next_visit_bin AS forecast ON forecast.run_id = latest.run_id
INNER JOIN visit_bin ON visit_bin.run_id = forecast.run_id AND visit_bin.bin = forecast.bin
WHERE latest.product = 'next_visit';
