"""Fills dbt_packages/ with what packages.yml asks for: from the dbt hub, or from the stand-ins in packages/."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import yaml

from warehouse.errors import UsageError

SWITCH = "WAREHOUSE_DBT_PACKAGES"
HUB_SECONDS = 3.0
DEPS_SECONDS = 180.0

# `dbt deps` empties dbt_packages/ before it downloads, so it runs in a project of its own and the result is moved.
_DEPS_PROJECT = "name: packages\nversion: 0.1.0\nconfig-version: 2\n"


def ensure_packages(project_dir: Path, *, ask_hub: bool = False) -> str:
    """Make dbt_packages/ match packages.yml and return one line to show, or "" when there is nothing to say.

    Packages that match already are left alone and no network is used, unless `ask_hub` (for `make deps`).
    The environment variable WAREHOUSE_DBT_PACKAGES=hub|stand-in forces one source. Raises UsageError when neither
    can serve, and when the hub is forced and does not.
    """
    choice = os.environ.get(SWITCH, "")
    if choice not in ("", "hub", "stand-in"):
        raise UsageError(f"{SWITCH} is '{choice}': set it to hub or stand-in, or leave it unset.")
    wanted = _wanted_packages(project_dir)
    if not wanted:
        return ""
    if choice == "stand-in":
        return _use_stand_ins(project_dir, wanted, f"{SWITCH}=stand-in: ")

    from_hub = _match_lock(project_dir, wanted)
    if not ask_hub:
        if from_hub:
            return ""
        if choice != "hub" and _are_stand_ins(project_dir, wanted):
            return _use_stand_ins(project_dir, wanted, "", "; `make deps` asks the dbt hub again")
    if not _hub_answers(wanted):
        if choice == "hub":
            raise UsageError(
                f"{SWITCH}=hub, but {_hub_address()} cannot be reached: "
                f"check the network or the proxy, or unset {SWITCH}."
            )
        if from_hub:
            return "dbt hub not reachable: keeping the packages that were installed from it."
        return _use_stand_ins(project_dir, wanted, "dbt hub not reachable: ")
    problem = _install_from_hub(project_dir)
    if not problem:
        return f"dbt packages from the hub: {', '.join(_locked_packages(project_dir))}"
    if choice == "hub":
        raise UsageError(f"{SWITCH}=hub, but `dbt deps` failed ({problem}): try again later, or unset {SWITCH}.")
    if from_hub:
        return f"`dbt deps` failed ({problem}): keeping the packages that were installed before."
    return _use_stand_ins(project_dir, wanted, f"`dbt deps` failed ({problem}): ")


def _read_yaml(path: Path) -> dict:
    """Return the mapping in a YAML file, empty when the file is missing or empty."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name} is not valid YAML: correct it ({' '.join(str(error).split())}).") from error


def _wanted_packages(project_dir: Path) -> dict[str, object]:
    """Return what packages.yml asks for: `owner/name` (or the entry's text for other kinds of packages) -> version."""
    entries = _read_yaml(project_dir / "packages.yml").get("packages") or []
    return {entry.get("package") or str(entry): entry.get("version") for entry in entries}


def _locked_packages(project_dir: Path) -> list[str]:
    """Return `name version` of every package that `dbt deps` installed."""
    locked = _read_yaml(project_dir / "package-lock.yml").get("packages") or []
    return [f"{entry.get('name')} {entry.get('version')}" for entry in locked]


def _match_lock(project_dir: Path, wanted: dict[str, object]) -> bool:
    """Tell whether dbt_packages/ holds every package of package-lock.yml, and these are the wanted ones."""
    locked = _read_yaml(project_dir / "package-lock.yml").get("packages") or []
    folders = [project_dir / "dbt_packages" / str(entry.get("name")) for entry in locked]
    if not all((folder / "dbt_project.yml").exists() and not _is_stand_in(folder) for folder in folders):
        return False
    versions = {entry.get("package"): entry.get("version") for entry in locked}
    return all(
        name in versions and (isinstance(version, list) or str(version).lstrip("=") == versions[name])
        for name, version in wanted.items()
    )


def _is_stand_in(folder: Path) -> bool:
    return str(_read_yaml(folder / "dbt_project.yml").get("version")).endswith("-stand-in")


def _are_stand_ins(project_dir: Path, wanted: dict[str, object]) -> bool:
    return all(_is_stand_in(project_dir / "dbt_packages" / name.split("/")[-1]) for name in wanted)


def _contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder: relative path -> bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _use_stand_ins(project_dir: Path, wanted: dict[str, object], reason: str, hint: str = "") -> str:
    """Put the stand-ins into dbt_packages/ unless they are there unchanged; return the line that says so."""
    names = [name.split("/")[-1] for name in wanted]
    installed = project_dir / "dbt_packages"
    for wanted_name, name in zip(wanted, names, strict=True):
        if not (project_dir / "packages" / name / "dbt_project.yml").exists():
            raise UsageError(
                f"{reason}there is no stand-in for {wanted_name} in packages/: run `make deps` with the dbt hub."
            )
    sources = {
        f"{name}/{path}": data for name in names for path, data in _contents(project_dir / "packages" / name).items()
    }
    if _contents(installed) != sources:
        with _staging_folder(project_dir) as staging:
            for name in names:
                shutil.copytree(project_dir / "packages" / name, Path(staging) / "new" / name)
            _replace(installed, Path(staging) / "new")
    return f"{reason}using the stand-in for {', '.join(names)} in packages/ (same tests, same verdicts){hint}"


def _hub_address() -> str:
    return os.environ.get("DBT_PACKAGE_HUB_URL", "https://hub.getdbt.com/").rstrip("/")


def _hub_answers(wanted: dict[str, object]) -> bool:
    """Ask the hub for the first wanted package; any answer but its description within the time limit is a no."""
    # It takes a while to import, and most builds do not ask.
    import requests

    url = f"{_hub_address()}/api/v1/{next(iter(wanted))}.json"
    answers: list[bool] = []

    def ask() -> None:
        try:
            answers.append("versions" in requests.get(url, timeout=HUB_SECONDS).json())
        except (requests.RequestException, ValueError, TypeError):
            answers.append(False)

    # In a thread, because a name server that does not answer knows no time limit.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(HUB_SECONDS)
    return answers == [True]


def _install_from_hub(project_dir: Path) -> str:
    """Run `dbt deps` aside and move what it installed into place; return what went wrong, or ""."""
    with _staging_folder(project_dir) as staging:
        (Path(staging) / "dbt_project.yml").write_text(_DEPS_PROJECT, encoding="utf-8")
        for name in ("packages.yml", "package-lock.yml"):
            if (project_dir / name).exists():
                shutil.copy(project_dir / name, staging)
        command = [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "--no-use-colors",
            "--log-format",
            "text",
            "deps",
            "--project-dir",
            staging,
        ]
        environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        try:
            done = subprocess.run(
                command, cwd=staging, env=environment, capture_output=True, text=True, timeout=DEPS_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"no end after {DEPS_SECONDS:.0f} s"
        if done.returncode != 0:
            lines = [line.strip() for line in (done.stdout or done.stderr).splitlines() if line.strip()]
            return lines[-1][:200] if lines else f"exit code {done.returncode}"
        _replace(project_dir / "dbt_packages", Path(staging) / "dbt_packages")
        shutil.copy(Path(staging) / "package-lock.yml", project_dir)
    return ""


def _staging_folder(project_dir: Path) -> tempfile.TemporaryDirectory:
    """Return a temporary folder on the same file system as dbt_packages/, which is what makes a rename possible."""
    (project_dir / "target").mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="dbt_packages_", dir=project_dir / "target")


def _replace(current: Path, new: Path) -> None:
    """Put the folder `new` in the place of `current`; what was there is deleted with the staging folder."""
    if current.exists():
        current.rename(new.with_name("old"))
    new.rename(current)
