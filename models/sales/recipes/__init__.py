"""The ways to forecast sales, a module or a folder each behind one interface."""
