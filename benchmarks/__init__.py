"""How fast the warehouse is, beside what one would otherwise write, on the same data and in the same run."""
