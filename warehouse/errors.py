"""The errors that people are meant to see."""

import os


class UsageError(Exception):
    """A command, a setting or an input that cannot work as given.

    Its text is one sentence that says what to do; the command line prints it without a traceback and exits with 1.
    """

    exit_code = 1


class PassingError(UsageError):
    """What may work when the same command is run again later, such as a warehouse that is in use.

    The command line exits with 75, which `sysexits.h` calls a temporary failure: a scheduler tries again.
    """

    exit_code = os.EX_TEMPFAIL
