"""The recipes of sales, a module or a folder each, behind one interface."""
