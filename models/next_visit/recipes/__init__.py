"""The recipes of next visits, a module or a folder each, behind one interface."""
