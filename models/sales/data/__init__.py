"""What is known of the series: calendar, panel, gaps, outliers and covariates."""
