"""A seeded generator of raw data: the same seed and dials give the same bytes, at any size."""
