"""dbt_packages/ gets what it should from the hub or from the stand-ins, whatever state it and the hub are in."""

import json
import shutil
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from warehouse import packages
from warehouse.errors import UsageError

REPOSITORY = Path(__file__).parents[2]
STAND_IN_IN_USE = "using the stand-in for dbt_expectations in packages/ (same tests, same verdicts)"
HUB_TEST = "{% test only_on_the_hub(model) %}select 1 as one where false{% endtest %}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with our packages.yml and stand-ins, nothing installed, and a hub that refuses connections."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(REPOSITORY / "packages.yml", folder)
    shutil.copytree(REPOSITORY / "packages", folder / "packages")
    monkeypatch.delenv(packages.SWITCH, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Path) -> Iterator[ThreadingHTTPServer]:
    """A hub on this machine with one package, dbt_expectations in the version of packages.yml."""
    source = tmp_path / "dbt-expectations-0.10.9"
    (source / "macros").mkdir(parents=True)
    (source / "dbt_project.yml").write_text("name: dbt_expectations\nversion: 0.6.0\nconfig-version: 2\n")
    (source / "macros" / "only_on_the_hub.sql").write_text(HUB_TEST)
    site = tmp_path / "site"
    (site / "api" / "v1" / "metaplane").mkdir(parents=True)
    with tarfile.open(site / "package.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep the requests out of the test output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    address = f"http://127.0.0.1:{server.server_port}/"
    version = {
        "id": "metaplane/dbt_expectations/0.10.9",
        "name": "dbt_expectations",
        "version": "0.10.9",
        "packages": [],
        "downloads": {"tarball": f"{address}package.tar.gz", "format": "tgz"},
    }
    description = {"name": "dbt_expectations", "namespace": "metaplane", "latest": "0.10.9"}
    description["versions"] = {"0.10.9": version}
    (site / "api" / "v1" / "index.json").write_text(json.dumps(["metaplane/dbt_expectations"]))
    (site / "api" / "v1" / "metaplane" / "dbt_expectations.json").write_text(json.dumps(description))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", address)
    yield server
    server.shutdown()
    server.server_close()


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def has_the_stand_in(project: Path) -> bool:
    installed = project / "dbt_packages"
    return files_below(installed / "dbt_expectations") == files_below(project / "packages" / "dbt_expectations") and [
        path.name for path in installed.iterdir()
    ] == ["dbt_expectations"]


def test_without_the_hub_the_stand_in_is_installed_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert packages.ensure_packages(project) == f"dbt hub not reachable: {STAND_IN_IN_USE}"
    assert has_the_stand_in(project)
    assert not list((project / "target").iterdir())

    monkeypatch.setattr(packages, "_hub_answers", lambda wanted: pytest.fail("asked the hub again"))
    monkeypatch.setattr(packages, "_replace", lambda current, new: pytest.fail("copied again"))
    assert packages.ensure_packages(project).startswith(STAND_IN_IN_USE)


def test_a_changed_stand_in_is_copied_again(project: Path) -> None:
    packages.ensure_packages(project)
    stand_in = project / "packages" / "dbt_expectations" / "macros"
    (stand_in / "expression_is_true.sql").unlink()
    (stand_in / "another.sql").write_text("{% macro another() %}{% endmacro %}")
    packages.ensure_packages(project)
    assert has_the_stand_in(project)


def test_what_is_in_the_way_is_replaced(project: Path) -> None:
    (project / "dbt_packages" / "half_installed").mkdir(parents=True)
    packages.ensure_packages(project)
    assert has_the_stand_in(project)


def test_hub_and_stand_in_take_turns(project: Path, hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packages.SWITCH, "stand-in")
    assert packages.ensure_packages(project) == f"WAREHOUSE_DBT_PACKAGES=stand-in: {STAND_IN_IN_USE}"
    monkeypatch.delenv(packages.SWITCH)
    assert packages.ensure_packages(project).startswith(STAND_IN_IN_USE)  # only `make deps` looks for something better

    assert packages.ensure_packages(project, ask_hub=True) == "dbt packages from the hub: dbt_expectations 0.10.9"
    assert (project / "dbt_packages" / "dbt_expectations" / "macros" / "only_on_the_hub.sql").read_text() == HUB_TEST
    assert packages.ensure_packages(project) == ""

    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv(packages.SWITCH, "hub")
    assert packages.ensure_packages(project) == ""
    monkeypatch.delenv(packages.SWITCH)
    assert "keeping the packages" in packages.ensure_packages(project, ask_hub=True)
    (project / "packages.yml").write_text("packages:\n  - package: metaplane/dbt_expectations\n    version: 9.9.9\n")
    assert packages.ensure_packages(project) == f"dbt hub not reachable: {STAND_IN_IN_USE}"
    assert has_the_stand_in(project)


def test_when_dbt_deps_fails_the_stand_in_serves(
    project: Path, hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_install_from_hub", lambda project_dir: "no such version")
    assert packages.ensure_packages(project) == f"`dbt deps` failed (no such version): {STAND_IN_IN_USE}"
    assert has_the_stand_in(project)
    monkeypatch.setenv(packages.SWITCH, "hub")
    with pytest.raises(UsageError, match="`dbt deps` failed"):
        packages.ensure_packages(project)


def test_a_hub_that_never_answers_costs_the_time_limit(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(packages, "HUB_SECONDS", 0.2)
        assert packages.ensure_packages(project).startswith("dbt hub not reachable")


def test_settings_that_cannot_work(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packages.SWITCH, "hub")
    with pytest.raises(UsageError, match="cannot be reached: check the network"):
        packages.ensure_packages(project)
    monkeypatch.setenv(packages.SWITCH, "local")
    with pytest.raises(UsageError, match="set it to hub or stand-in"):
        packages.ensure_packages(project)
    monkeypatch.delenv(packages.SWITCH)
    (project / "packages.yml").write_text("packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n")
    with pytest.raises(UsageError, match="no stand-in for dbt-labs/dbt_utils"):
        packages.ensure_packages(project)
