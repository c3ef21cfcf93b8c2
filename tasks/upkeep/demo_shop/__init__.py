"""A generated shop to try Nightcast on: visits of customers in two stores, and sales of products."""
