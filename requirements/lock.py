"""Resolves each `requirements/*.in` into a hashed lock of the same name: `make lock`.

What a lock has stays where it still fits; remove a lock first for newer versions. What a file includes with `-r` is
resolved within the lock of that file: all that goes into one environment has one version of each package.
"""

import re
import subprocess
import sys
from graphlib import TopologicalSorter

from install import REQUIREMENTS, CannotInstallError, ready_uv

# For every Python from 3.11 on and every platform. A package that stood only with extras would not be pinned for pip.
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--strip-extras",
    "--no-header",
    "--no-annotate",
]


def included_by() -> dict[str, set[str]]:
    """By the name of each file the names of the files that include it."""
    files = {path.stem: set() for path in sorted(REQUIREMENTS.glob("*.in"))}
    for name in files:
        for included in re.findall(r"(?m)^-r (\S+)\.in$", (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8")):
            files[included].add(name)
    return files


def lock_all(uv: str, variables: dict[str, str]) -> None:
    """Write all locks, those that include others first. Raises CannotInstallError when uv does not succeed."""
    including = included_by()
    for name in TopologicalSorter(including).static_order():
        options = [*OPTIONS, "--overrides=overrides", *(f"--constraints={other}.txt" for other in including[name])]
        command = [uv, "pip", "compile", "--quiet", *options, f"{name}.in", f"--output-file={name}.txt"]
        if subprocess.run(command, cwd=REQUIREMENTS, env=variables, check=False).returncode:
            raise CannotInstallError(f"requirements/{name}.in cannot be resolved; see above.")
    # These hold only what is different with another version of dbt or DuckDB.
    for asked in sorted(REQUIREMENTS.glob("versions/*.in")):
        locked = asked.with_suffix(".txt")
        command = [uv, "pip", "compile", "--quiet", *OPTIONS, "--no-deps", asked.name, f"--output-file={locked.name}"]
        if subprocess.run(command, cwd=asked.parent, env=variables, check=False).returncode:
            raise CannotInstallError(f"requirements/versions/{asked.name} cannot be resolved; see above.")


def main() -> None:
    """Resolve with the uv of `uv.txt`, from pip's or uv's index. Other places may not have every file of a release."""
    environment = REQUIREMENTS.parent / ".venv"
    _, variables, _ = ready_uv(environment, without=("extra-index-url", "find-links"))
    lock_all(str(environment / "bin" / "uv"), variables)


if __name__ == "__main__":
    try:
        main()
    except CannotInstallError as error:
        sys.exit(str(error))
