"""What a person is told in one sentence."""


class ExtractionError(Exception):
    """Says in one sentence what is wrong and what to do."""


class CommittedElsewhereError(ExtractionError):
    """Another process has committed from the same place: what this one has read is not needed."""
