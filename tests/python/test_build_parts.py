"""Builds in parts (selectors.yml), and which failures of a build may pass by themselves."""

from types import SimpleNamespace

import pytest
from conftest import dbt, warehouse_command
from test_command_line import assert_one_sentence

from warehouse.dbt_messages import may_pass

KINDS = [word for kind in ("model", "seed", "snapshot", "test") for word in ("--resource-type", kind)]
OF_BIGQUERY = ("staging", "shop", "playback", "shipping", "observability")


def listed(*selection: str) -> set[str]:
    """The nodes that a selection has, without unit tests."""
    result = dbt("--quiet", "ls", *KINDS, *selection)
    assert result.returncode == 0, result.stdout + result.stderr
    return set(result.stdout.split())


def test_each_model_and_test_is_in_one_part():
    everything = listed()
    parts = {name: listed("--selector", name) for name in (*OF_BIGQUERY, "rest")}
    assert all(parts.values())
    assert parts["staging"] | parts["rest"] == everything
    assert not parts["staging"] & parts["rest"]
    areas = [parts[name] for name in OF_BIGQUERY]
    assert set.union(*areas) == everything
    assert sum(map(len, areas)) == len(everything)


def test_a_part_that_is_none_is_named():
    says = "SELECTOR=stage is no part of selectors.yml; use one of: staging, rest, shop"
    assert_one_sentence(warehouse_command("build", "--selector", "stage"), says)


@pytest.mark.parametrize(
    ("messages", "passes"),
    [
        (["Database Error\n  503 POST https://bigquery.googleapis.com/…: backend is down"], True),
        (["rateLimitExceeded", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"], True),
        (["404 Not found: Table x"], False),
        (["503 GET https://x", "Got 3 results, configured to fail if != 0"], False),
        ([None], False),
        ([], False),
    ],
)
def test_a_failure_passes_only_where_all_that_failed_does(messages, passes):
    failed = [SimpleNamespace(status="error", message=message) for message in messages]
    outcome = SimpleNamespace(exception=None, result=SimpleNamespace(results=failed))
    assert may_pass(outcome) is passes
