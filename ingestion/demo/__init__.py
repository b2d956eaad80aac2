"""`make demo`: a small shop on this machine, of which all is extracted and built, twice."""
