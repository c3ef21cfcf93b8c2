"""Which tables or files, and which of their columns, hold the visits and the sales: proposals with reasons."""
