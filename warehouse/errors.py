"""The one error that people are meant to see."""


class UsageError(Exception):
    """A command, a setting or an input that cannot work as given.

    Its text is one sentence that says what to do; the command line prints it without a traceback and exits with 1.
    """
