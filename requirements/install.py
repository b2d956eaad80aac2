"""Installs a lock file into an environment: `python3 requirements/install.py .venv/build.txt`.

The argument is the stamp: it names the environment and the lock, and is written last, as a copy of the lock, so that
make installs again what has changed or did not come to its end. Needs nothing but Python, and pip or uv.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be asked to run this
    sys.exit("Python 3.11 or newer is needed; name it, such as: make build PYTHON=python3.11")

import argparse
import contextlib
import csv
import fcntl
import importlib.util
import re
import shutil
import subprocess
import venv
from collections.abc import Mapping
from pathlib import Path

from pip_settings import for_uv, read_settings

REQUIREMENTS = Path(__file__).resolve().parent
OLDEST_UV = (0, 8, 0)
WHO_ARE_YOU = "import sys; print(sys.version_info[0], sys.version_info[1], sys.prefix)"


class CannotInstallError(Exception):
    """Says in one sentence what is wrong and what to do."""


def install(stamp: Path, with_this_python: bool) -> None:
    """Install the lock that `stamp` is named like into the environment that it is in, which is made where needed.

    An environment that is there keeps its Python, unless it has to be `with_this_python`.
    """
    environment, lock = stamp.parent, REQUIREMENTS / stamp.name
    _ensure_environment(environment, with_this_python)
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        stamp.touch()  # only Python itself is newer
        return
    print(f"Installing requirements/{lock.name} into {environment.name}.", flush=True)
    uv, variables, options = ready_uv(environment)
    into = ["--quiet", "--python", str(_python(environment))]
    outdated = _outdated(environment)
    if outdated:
        _run([uv, "pip", "uninstall", *into, *outdated], lock, environment, variables)
    options += [f"--reinstall-package={name}" for name in _broken(environment)]
    options += ["--no-deps", "--require-hashes", "--requirements", str(lock)]
    _run([uv, "pip", "install", *into, *options], lock, environment, variables)
    shutil.copyfile(lock, stamp)


def ready_uv(environment: Path, without: tuple[str, ...] = ()) -> tuple[str, dict[str, str], list[str]]:
    """A uv for an environment: its path, and the variables and options by which it follows pip's settings.

    Settings of the names in `without` are not followed.
    """
    pip = _pip(environment)
    try:
        settings = read_settings(pip) if pip else {}
    except ValueError as error:
        raise CannotInstallError(f"pip's settings cannot be read: {_one_line(str(error))}.") from error
    settings = {name: value for name, value in settings.items() if name not in without}
    variables, options = for_uv(settings, environment / "certificates.pem")
    uv = _uv(environment, pip)
    cache = subprocess.run([uv, "cache", "dir"], env=variables, capture_output=True, text=True, check=False).stdout
    try:
        Path(cache.strip()).mkdir(parents=True, exist_ok=True)
    except OSError:
        # pip does without a cache that it cannot write to; uv has to be told.
        variables["UV_NO_CACHE"] = "1"
    return uv, variables, options


def _ensure_environment(environment: Path, with_this_python: bool) -> None:
    """Make the environment, and make it anew where its Python is gone, broken or another than the wanted one."""
    version = _version(environment)
    is_wanted = version == sys.version_info[:2] or not with_this_python
    is_whole = not (environment / "pyvenv.cfg").exists() or (environment / "bin" / "activate").exists()
    if version and is_wanted and is_whole:
        if version < (3, 11):
            raise CannotInstallError(f"Python in {environment.name} is older than 3.11; remove that folder.")
        return
    if environment.is_dir():
        print(f"Making {environment.name} anew: its Python is gone, broken or another one.", flush=True)
    try:
        # Without pip it is there in no time.
        venv.EnvBuilder(clear=True, symlinks=True).create(environment)
    except (OSError, ValueError) as error:
        raise CannotInstallError(f"The environment {environment.name} cannot be made: {error}.") from error


def _version(environment: Path) -> tuple[int, int] | None:
    """The version of the environment's Python; none where it does not start or belongs to another place."""
    command = [_python(environment), "-I", "-c", WHO_ARE_YOU]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        major, minor, prefix = said.rstrip("\n").split(" ", 2)
        return (int(major), int(minor)) if Path(prefix).samefile(environment) else None
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _pip(environment: Path) -> list[str] | None:
    """How to call pip for the environment: its own, that of the Python which runs this, or one that Python brings."""
    here = importlib.util.find_spec("pip")
    folders = [*_site(environment, "pip"), *(here.submodule_search_locations if here else ())]
    if not folders and importlib.util.find_spec("ensurepip"):
        subprocess.run([_python(environment), "-m", "ensurepip"], capture_output=True, check=False)
        folders = _site(environment, "pip")
    return [str(_python(environment)), str(folders[0])] if folders else None


def _site(environment: Path, pattern: str) -> list[Path]:
    """What matches a pattern among the packages of an environment."""
    return list(environment.glob(f"lib/python*/site-packages/{pattern}"))


def _uv(environment: Path, pip: list[str] | None) -> str:
    """The uv on the path, else one that was brought before, else that of `uv.txt`, brought by pip."""
    own = environment / "bin" / "uv"
    for uv in (shutil.which("uv"), own, REQUIREMENTS.parent / ".venv" / "bin" / "uv"):
        if uv and _is_new_enough(uv):
            return str(uv)
    if not pip:
        raise CannotInstallError(
            "Python has no pip and can make none; install pip or uv, and run the same command again."
        )
    lock = REQUIREMENTS / "uv.txt"
    options = ["--quiet", "--no-input", "--no-user", "--ignore-installed", "--no-deps", "--require-hashes"]
    _run([*pip, "install", *options, "--requirement", str(lock)], lock, environment)
    if not _is_new_enough(own):
        raise CannotInstallError(
            f"pip could not bring uv into {environment.name}; install uv, and run the same command again."
        )
    shutil.copyfile(lock, environment / lock.name)
    return str(own)


def _is_new_enough(uv: str | Path) -> bool:
    try:
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    version = re.match(r"uv (\d+)\.(\d+)\.(\d+)", said)
    return bool(version) and tuple(map(int, version.groups())) >= OLDEST_UV


def _outdated(environment: Path) -> list[str]:
    """The packages that earlier locks have brought here and the present ones do not have; they would shadow others."""
    stamps = list(environment.glob("*.txt"))
    locks = [REQUIREMENTS / stamp.name for stamp in stamps if (REQUIREMENTS / stamp.name).exists()]
    # uv may be what is running.
    return sorted(_names(stamps) - _names(locks) - {"uv"})


def _names(locks: list[Path]) -> set[str]:
    """The names of the packages in locks."""
    lines = [line for lock in locks for line in lock.read_text(encoding="utf-8").splitlines()]
    return {name.lower() for line in lines for name in re.findall(r"^[\w.-]+", line)}


def _broken(environment: Path) -> list[str]:
    """The packages of which a file is missing or cut off, as when an installation was killed.

    A file that several packages bring, such as `dbt/adapters/__init__.py`, is that of one of them.
    """
    records = {folder: _sizes(folder) for folder in _site(environment, "*.dist-info")}
    known: dict[str, set[int]] = {}
    for sizes in records.values():
        for file, size in (sizes or {}).items():
            known.setdefault(file, set()).add(size)
    return [
        folder.name.split("-")[0]
        for folder, sizes in records.items()
        if sizes is None or not all(_size(folder.parent / file) in known[file] for file in sizes)
    ]


def _sizes(folder: Path) -> dict[str, int] | None:
    """The files of a package and their sizes in bytes, as its record has them; None where there is none to read."""
    try:
        with (folder / "RECORD").open(encoding="utf-8", newline="") as record:
            return {row[0]: int(row[2]) for row in csv.reader(record) if row[2:] and row[2]}
    except (OSError, ValueError):
        return None


def _size(file: Path) -> int | None:
    """How many bytes a file has; None where it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return None


def _run(command: list[str], lock: Path, environment: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run a command that installs; when it does not succeed, say in one sentence why."""
    done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstallError(
            f"requirements/{lock.name} could not be installed into {environment.name}: {_one_line(done.stderr)}; "
            "see that the package index of pip's or uv's settings can be reached, and run the same command again."
        )


def _one_line(errors: str) -> str:
    """An error that takes many lines, without the warnings before it, without ornaments and without passwords."""
    text = re.sub(r"(?ims)\A.*?(?=^(?:error: |  \u00d7 ))", "", errors)
    text = re.sub(r"(?i)\s*(?:\u2570\u2500\u25b6|^\s*\u00d7|\b(?:error|cause|caused by|hint):) ", ": ", text)
    text = re.sub(r"(?<=//)[^/@\s]+@", "", " ".join(text.split()))
    return re.sub(r"[:. ]*: ", ": ", text).strip(": .")[:600]


def main() -> None:
    """Install the lock that the command line names. Of two at the same time the second waits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stamp", type=Path, help="such as .venv/build.txt")
    parser.add_argument("--with-this-python", action="store_true", help="make an environment of another Python anew")
    arguments = parser.parse_args()
    with open(__file__) as turn:
        with contextlib.suppress(OSError):  # some file systems know no locks
            fcntl.flock(turn, fcntl.LOCK_EX)
        install(arguments.stamp.absolute(), arguments.with_this_python)


if __name__ == "__main__":
    try:
        main()
    except CannotInstallError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
