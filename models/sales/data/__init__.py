"""What is known of series: calendar, panel, gaps and covariates."""
