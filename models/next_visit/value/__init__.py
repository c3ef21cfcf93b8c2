"""What is known of a customer beside the next visit: rhythm, state, and expected visits and amounts."""
