-- One row per series and day, and one per series and calendar week, of the latest published forecast of visits per day:
-- how many customers are expected, beside what came a year ago and what is booked. Read by whoever plans staff.
--
-- span: day or week; a week begins on Monday.
-- from_date (date): The day, or the first day of the week that is forecast.
-- to_date (date): The day, or the last day of the week that is forecast.
-- is_whole: Whether all days of the week are forecast.
-- expected (number): Expected customers; in a week, customers of each day, added up.
-- q10: 10 % quantile.
-- q90: 90 % quantile.
-- year_ago: Customers on the same weekdays a year ago, 364 days before; null: unknown.
-- booked: Customers with a booking for the day; null where bookings are not known.
-- known_customers (number): How many of them are expected to be the next visits of customers who have come before; the
-- others are new, or come a second time. Only of the series all, and within the horizon of next visits.
CREATE VIEW rpt_visits_ahead AS
SELECT
    ahead.series_id,
    ahead.span,
    ahead.from_date,
    ahead.to_date,
    ahead.is_whole,
    ahead.expected,
    ahead.q10,
    ahead.q90,
    ahead.year_ago,
    ahead.booked,
    ahead.known_customers,
    ahead.as_of,
    ahead.published_at
FROM (
    SELECT
        forecast.series_id,
        'day' AS span,
        forecast.period AS from_date,
        forecast.period AS to_date,
        TRUE AS is_whole,
        forecast.mean AS expected,
        forecast.q10,
        forecast.q90,
        forecast.year_ago,
        forecast.booked,
        known.customers AS known_customers,
        forecast.as_of,
        forecast.published_at
    FROM latest_visit_count_forecast AS forecast
    LEFT JOIN latest_run AS of_customers
        ON of_customers.product = 'next_visit' AND of_customers.as_of = forecast.as_of
    LEFT JOIN next_visit_day AS known
        ON known.run_id = of_customers.run_id AND known.day = forecast.step AND forecast.series_id = 'all'
    UNION ALL
    SELECT
        total.group_value AS series_id,
        'week' AS span,
        total.from_period AS from_date,
        total.to_period AS to_date,
        total.is_whole,
        total.mean AS expected,
        total.q10,
        total.q90,
        days.year_ago,
        days.booked,
        days.known_customers,
        latest.as_of,
        latest.published_at
    FROM latest_run AS latest
    INNER JOIN visit_count_total AS total
        ON total.run_id = latest.run_id AND total.level = 'series' AND total.span = 'week'
    INNER JOIN (
        SELECT
            week.run_id,
            week.group_value,
            week.from_period,
            CASE WHEN COUNT(forecast.year_ago) = COUNT(*) THEN SUM(forecast.year_ago) END AS year_ago,
            SUM(forecast.booked) AS booked,
            CASE WHEN COUNT(known.customers) = COUNT(*) THEN SUM(known.customers) END AS known_customers
        FROM latest_run AS of_counts
        INNER JOIN visit_count_total AS week ON week.run_id = of_counts.run_id
        INNER JOIN visit_count_forecast AS forecast
            ON forecast.run_id = week.run_id
            AND forecast.series_id = week.group_value
            AND forecast.period BETWEEN week.from_period AND week.to_period
        LEFT JOIN latest_run AS of_customers
            ON of_customers.product = 'next_visit' AND of_customers.as_of = of_counts.as_of
        LEFT JOIN next_visit_day AS known
            ON known.run_id = of_customers.run_id AND known.day = forecast.step AND forecast.series_id = 'all'
        WHERE of_counts.product = 'visit_counts' AND week.level = 'series' AND week.span = 'week'
        GROUP BY week.run_id, week.group_value, week.from_period
    ) AS days
        ON days.run_id = total.run_id
        AND days.group_value = total.group_value
        AND days.from_period = total.from_period
    WHERE latest.product = 'visit_counts'
) AS ahead
ORDER BY ahead.series_id, ahead.span, ahead.from_date;
