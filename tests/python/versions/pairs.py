"""Versions of dbt and DuckDB that go together, each pair in an environment of its own under .venv-versions/."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from conftest import PROJECT
from install import REQUIREMENTS, CannotInstallError, ready_uv

ENVIRONMENTS = PROJECT / ".venv-versions"
# dbt-core 1.12 wants it for a flag that nobody has to set, and it can only be installed with a download from elsewhere.
LEFT_OUT = "dbt-core-experimental-parser"


@dataclass(frozen=True)
class Pair:
    """Versions that are installed together.

    Attributes:
        name: of its environment.
        locks: of requirements/versions/; their packages are installed in the place of those in build.txt.
        of_build: the only packages of build.txt that are installed at all; none for all of them.
    """

    name: str
    locks: tuple[str, ...]
    of_build: tuple[str, ...] = ()

    @property
    def environment(self) -> Path:
        """The folder of the environment."""
        return ENVIRONMENTS / self.name

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.environment / "bin" / "python"

    def lock(self) -> str:
        """Every package with version and hashes."""
        packages = _packages(REQUIREMENTS / "build.txt")
        if self.of_build:
            packages = {name: packages[name] for name in self.of_build}
        for lock in self.locks:
            packages |= _packages(REQUIREMENTS / "versions" / f"{lock}.txt")
        return "".join(packages[name] for name in sorted(packages))

    def version(self, package: str) -> str:
        """The version of a package."""
        return re.search(rf"(?m)^{package}==(\S+)", self.lock())[1]

    def install(self) -> None:
        """Install exactly the lock. Raises CannotInstallError where that is not possible."""
        stamp, lock = self.environment / "lock.txt", self.lock()
        if stamp.exists() and stamp.read_text() == lock:
            return
        uv, variables, options = ready_uv(Path(sys.prefix))
        shutil.rmtree(self.environment, ignore_errors=True)
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(self.environment)], variables)
        wanted = self.environment / "wanted.txt"
        wanted.write_text(lock)
        into = ["--quiet", "--python", str(self.python)]
        _run([uv, "pip", "sync", *into, "--require-hashes", *options, str(wanted)], variables)
        checked = subprocess.run(
            [uv, "pip", "check", "--python", str(self.python)],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        problems = re.findall(r"The package .*", checked.stderr + checked.stdout)
        problems = [problem for problem in problems if LEFT_OUT not in problem]
        assert not problems, f"requirements/versions does not fit build.txt: {'; '.join(problems)}"
        wanted.rename(stamp)

    def driver(self) -> dict[str, str]:
        """The variables with which dbt 2 takes the DuckDB of this environment instead of one that it downloads.

        The Python package of DuckDB is that driver, for a process in which Python's own library is loaded.
        """
        (module,) = self.environment.glob("lib/python*/site-packages/_duckdb.*.so")
        folder = self.environment / "driver"
        folder.mkdir(exist_ok=True)
        (folder / "libduckdb.so").unlink(missing_ok=True)
        (folder / "libduckdb.so").symlink_to(module)
        name, place = sysconfig.get_config_var("INSTSONAME") or "", sysconfig.get_config_var("LIBDIR") or ""
        places = [Path(place), Path(place) / (sysconfig.get_config_var("MULTIARCH") or "")]
        libraries = [where / name for where in places if ".so" in name and (where / name).exists()]
        if not libraries or sys.platform != "linux":
            raise CannotInstallError(
                "dbt 2 gets DuckDB's driver here only on Linux with a Python that is a shared library"
            )
        return {"ADBC_DRIVER_PATH": str(folder), "LD_PRELOAD": str(libraries[0])}


DEFAULT = Pair("default", ())
PAIRS = [
    Pair("dbt_core_default_duckdb_1_5", ("duckdb_1_5",)),
    Pair("dbt_core_1_11_duckdb_default", ("dbt_core_1_11",)),
    Pair("dbt_core_1_11_duckdb_1_5", ("dbt_core_1_11", "duckdb_1_5")),
]
DBT_2 = Pair("dbt_2_duckdb_default", ("dbt_2",), of_build=("duckdb",))


def _packages(lock: Path) -> dict[str, str]:
    """The lines of each package of a lock, by its name: for some Pythons it may be another version."""
    packages: dict[str, str] = {}
    for lines, name in re.findall(r"(?m)^(([\w.-]+)==.*(?:\n[ \t].*)*)", lock.read_text()):
        packages[name] = packages.get(name, "") + lines + "\n"
    return packages


def _run(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstallError(" ".join(done.stderr.split())[:600])
