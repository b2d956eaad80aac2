"""What the tests of every part share."""


def pytest_make_parametrize_id(val, argname):
    """Keep bytes out of a test's name: compressed ones hold a time, and every worker has to find the same names."""
    return argname if isinstance(val, bytes) else None
