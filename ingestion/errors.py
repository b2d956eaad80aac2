"""What a person is told in one sentence."""


class ExtractionError(Exception):
    """Says in one sentence what is wrong and what to do."""


class CommittedElsewhereError(ExtractionError):
    """Another process has committed from the same place: what this one has read is not needed."""


class UnansweredError(ExtractionError):
    """A server that does not answer, or not now; the same extraction may work later."""


# Classes of SQLSTATE: lost connection, rollback, too few resources, a lock that is not free, a server that stops.
_PASSING_STATES = ("08", "40", "53", "55P03", "57P")


def is_passing(error: Exception) -> bool:
    """Whether the same extraction may work when it is run again later, with nothing changed by anybody."""
    if isinstance(error, ExtractionError):
        return isinstance(error, UnansweredError | CommittedElsewhereError)
    if type(error).__module__.startswith("psycopg"):
        # An OperationalError without a state is a connection that broke.
        state = getattr(error, "sqlstate", None)
        return state.startswith(_PASSING_STATES) if state else type(error).__name__ == "OperationalError"
    return isinstance(error, ConnectionError | TimeoutError) or type(error).__name__ == "EndpointConnectionError"
