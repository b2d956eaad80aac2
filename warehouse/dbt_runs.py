"""Running dbt inside this process: one place for its arguments, its progress and its errors."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from warehouse.errors import UsageError

TARGETS = ("duckdb", "bigquery", "bigquery_emulator")


@dataclass
class Dbt:
    """dbt for one target and one origin of raw data, with a manifest that is parsed once.

    Attributes:
        project: folder of dbt_project.yml.
        target: one of TARGETS.
        variables: dbt variables for every command, for example {"raw_from": "source"}.
        folder: where under target/ this dbt keeps its artifacts apart from those of builds, for example "rebuild".
    """

    project: Path
    target: str = "duckdb"
    variables: dict[str, object] = field(default_factory=dict)
    folder: str = ""
    manifest: Manifest | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise UsageError(f"TARGET={self.target} is not known; use one of: {', '.join(TARGETS)}.")

    @property
    def target_path(self) -> Path:
        """Where dbt writes artifacts: `target/` as a plain `dbt build` does, else a folder of its own.

        dbt throws its parsed project away whenever target or variables change.
        """
        if self.variables or self.folder:
            return self.project / "target" / self.folder / (self.target + ("_source" if self.variables else ""))
        return self.project / "target" / ("" if self.target == "duckdb" else self.target)

    def parse(self) -> Manifest:
        """The project as dbt reads it. Later commands of this object use it and do not read the project again."""
        result = self.run("parse")
        if not result.success:
            raise UsageError("The project cannot be read: the errors stand above, and in full in logs/dbt.log.")
        self.manifest = result.result
        return self.manifest

    def run(self, *arguments: str, callbacks: Iterable = ()) -> dbtRunnerResult:
        """One dbt command, for example run("build", "--select", "marts"). dbt prints its errors itself."""
        os.environ["TARGET"] = self.target
        command = [*arguments, "--project-dir", str(self.project), "--profiles-dir", str(self.project / "profiles")]
        command += ["--target-path", str(self.target_path)]
        if self.variables:
            command += ["--vars", yaml.safe_dump(self.variables, default_flow_style=True)]
        return dbtRunner(manifest=self.manifest, callbacks=list(callbacks)).invoke(["--quiet", *command])

    def build(self, *arguments: str, full_refresh: bool = False) -> bool:
        """`dbt build` with a progress bar. True when everything was built and every test passed.

        With full_refresh, incremental models are built anew from all there is, not only from what has arrived.
        """
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns) as progress:
            bar = progress.add_task("dbt build", total=None)

            def advance(event) -> None:
                total = getattr(event.data, "total", 0) or getattr(event.data, "num_models", 0)
                if event.info.name.startswith("Log") and event.info.name.endswith("Result") and total:
                    progress.update(bar, total=total, advance=1)

            refresh = ["--full-refresh"] if full_refresh else []
            result = self.run("build", *arguments, *refresh, callbacks=[advance])
        return result.success

    def models_in(self, folder: str) -> list[str]:
        """The names of the models under models/<folder>, as the last run of dbt found them, sorted."""
        manifest = json.loads((self.target_path / "manifest.json").read_text())
        nodes = manifest["nodes"].values()
        return sorted(node["name"] for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == folder)

    def query(self, sql: str, problem: str = "The warehouse cannot be read; run `make build` first.") -> list[dict]:
        """The rows of a query, with refs, as dictionaries by column name (lower case). For small results.

        Raises UsageError with the sentence `problem` when the query fails.
        """
        result = self.run(
            "show",
            "--inline",
            sql,
            "--limit",
            "-1",
            "--output",
            "json",
            "--log-level",
            "none",
            "--log-level-file",
            "debug",
        )
        if not result.success:
            raise UsageError(problem)
        table = result.result.results[0].agate_table
        return [
            {name.lower(): value for name, value in zip(table.column_names, row, strict=True)} for row in table.rows
        ]
