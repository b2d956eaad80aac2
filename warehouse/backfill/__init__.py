"""`make backfill`: the days of a range built again, each on its own."""

from warehouse.backfill.command import backfill

__all__ = ["backfill"]
