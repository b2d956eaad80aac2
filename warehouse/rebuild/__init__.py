"""`make rebuild`: a model's new version beside the present one, compared, and swapped in when told to."""

from warehouse.rebuild.command import rebuild

__all__ = ["rebuild"]
