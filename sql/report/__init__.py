"""What the report of a night shows: aggregates and top lists of the latest published runs, all of bounded size."""
