"""What is known of customers: visit days, intervals and landmarks."""
