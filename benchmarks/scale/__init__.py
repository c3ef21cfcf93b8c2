"""`make bench-scale`: a night of a million customers, beside what it costs at least and what it costs the plain way."""
