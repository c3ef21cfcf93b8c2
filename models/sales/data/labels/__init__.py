"""Which calendar the labels of a source follow: its frequency, and what weekly labels mean."""
