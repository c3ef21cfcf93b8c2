-- One row per product that has been published: in a sentence, how far its forecasts can be trusted, with the figures
-- and a mark. They are means over the reviews of the last four weeks: of whole forecasts, else of the part that is
-- over, and of backfills only where there is nothing else. Read by everybody who reads forecasts.
--
-- The mark is poor where the loss is greater than the baseline's, where 80 % bands hold less than 60 % of values, or
-- where the customers who came are not within 30 % of those expected; watch where it is less than 70 %, or not within
-- 10 %; else good. Three standard deviations of chance are allowed in the number of customers. Before the first review
-- there is no mark.
--
-- skill (number): 1 - value / baseline_value: share by which the loss is less than the baseline's.
CREATE VIEW rpt_trust AS
SELECT
    product,
    mark,
    sentence,
    forecasts,
    part,
    scored_through,
    is_backfill,
    expected_customers,
    realised_customers,
    coverage_80,
    metric,
    value,
    baseline_value,
    CASE WHEN baseline_value <> 0 THEN 1 - value / baseline_value END AS skill,
    as_of
FROM product_trust
ORDER BY product;
