"""Work outside a night: removing old rows, choosing models by hand, backtests, searches, and a generated shop."""
