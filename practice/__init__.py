"""Practice: learn the pipelines of this warehouse by writing them. `make practice`, docs/practice.md."""
