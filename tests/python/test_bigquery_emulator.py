"""The BigQuery emulator starts, answers, fails fast, stays on this machine and never outlives its parent."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from google.api_core.exceptions import BadRequest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from warehouse import bigquery_emulator
from warehouse.errors import UsageError

PARENT = """
import sys, time
from pathlib import Path
from warehouse import bigquery_emulator
with bigquery_emulator.running(log=Path(sys.argv[1])) as endpoint:
    print(endpoint, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bigquery_emulator.running(log=tmp_path_factory.mktemp("emulator") / "emulator.log") as url:
        yield url


@pytest.fixture(scope="module")
def client(endpoint: str) -> bigquery.Client:
    return bigquery.Client(
        project=bigquery_emulator.PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )


def servers(parent: psutil.Process) -> list[psutil.Process]:
    """Return the emulator processes below `parent`."""
    return [child for child in parent.children(recursive=True) if "server.py" in " ".join(child.cmdline())]


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Return the addresses and ports that `process` accepts connections on."""
    connections = process.net_connections(kind="inet")
    return [tuple(c.laddr) for c in connections if c.status == psutil.CONN_LISTEN]


def has_ended(process: psutil.Process) -> bool:
    """Say whether `process` is gone; a zombie that nobody has collected yet is gone too."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def becomes_true(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait up to `seconds` for `condition`."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_answers_its_health_check(endpoint: str) -> None:
    with urllib.request.urlopen(f"{endpoint}/healthz", timeout=10) as response:
        assert json.load(response)["status"] == "ok"


def test_listens_on_this_machine_only(endpoint: str) -> None:
    addresses = {address for server in servers(psutil.Process()) for address in listening(server)}
    assert {address for address, _ in addresses} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert ("127.0.0.1", int(endpoint.rsplit(":", 1)[1])) in addresses


def test_an_internal_error_is_a_bad_request_at_once(client: bigquery.Client) -> None:
    started = time.monotonic()
    with pytest.raises(BadRequest, match="The emulator failed: "):
        list(client.query("select struct(id, total) as pair from (select 1 as id, 2 as total)").result())
    assert time.monotonic() - started < 10


def test_an_error_in_the_statement_keeps_its_message(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="no_such_column"):
        client.query("select no_such_column from (select 1 as id)").result()


def test_numeric_keeps_nine_decimals_through_a_view(client: bigquery.Client) -> None:
    client.create_dataset("exact", exists_ok=True)
    amount = "cast('12.345678901' as numeric(38, 9))"
    client.query(f"create or replace table exact.amounts as select {amount} as amount").result()
    client.query("create or replace view exact.seen_amounts as select amount from exact.amounts").result()
    total = "cast(coalesce(sum(amount), 0) as numeric(38, 9)) as total"
    (row,) = client.query(f"select {total}, cast(max(amount) as numeric) as plain from exact.seen_amounts").result()
    assert (row.total, row.plain) == (Decimal("12.345678901"), Decimal("12.345678901"))


def test_ends_with_the_block_even_when_the_block_fails(tmp_path: Path) -> None:
    before = set(servers(psutil.Process()))
    with pytest.raises(ZeroDivisionError), bigquery_emulator.running(log=tmp_path / "emulator.log"):
        (server,) = set(servers(psutil.Process())) - before
        raise ZeroDivisionError
    assert has_ended(server)


def test_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "emulator.log")]
    with subprocess.Popen(command, cwd=bigquery_emulator.REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline().startswith("http://127.0.0.1:")
        (server,) = servers(psutil.Process(parent.pid))
        parent.send_signal(signal.SIGKILL)
    assert becomes_true(lambda: has_ended(server))


def test_says_where_to_look_when_it_does_not_start(tmp_path: Path) -> None:
    log = tmp_path / "emulator.log"
    with (
        pytest.raises(UsageError, match=f"did not start.*{log}"),
        bigquery_emulator.running(log=log, start_timeout_seconds=0),
    ):
        pytest.fail("it cannot have started")


@pytest.mark.parametrize("finished", [True, False])
def test_says_what_to_do_when_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, finished: bool
) -> None:
    """Whether its Python is gone or its installation did not come to the end."""
    if finished:
        (tmp_path / "emulator.txt").touch()
    else:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(bigquery_emulator, "ENVIRONMENT", tmp_path)
    with (
        pytest.raises(UsageError, match="make test-environment"),
        bigquery_emulator.running(log=tmp_path / "emulator.log"),
    ):
        pytest.fail("it cannot have started")
