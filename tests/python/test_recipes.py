"""The recipes of `docs/recipes.md` work as they are written: followed in a copy of the project, from the top down."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT, dbt
from test_project import described_raw_tables

STEP = re.compile(
    r"(?:New file `([^`]+)`|In `([^`]+)`, (before|after|instead of|at the end)(?: `{1,2}(.+?)`{1,2})?):"
    r"\n\n```\w+\n(.*?)```",
    re.S,
)
PAGE = (PROJECT / "docs" / "recipes.md").read_text()


def section(name: str) -> str:
    """A section of the page."""
    return re.search(rf"(?ms)^## {name}\n(.*?)(?=^## |\Z)", PAGE)[1]


def follow(project: Path, text: str) -> list[str]:
    """Do what a section says to its files, and return them in their order, each once."""
    files = []
    for new, changed, how, place, content in STEP.findall(text):
        path = project / (new or changed)
        if new:
            assert not path.exists()
            path.write_text(content)
        else:
            before = path.read_text()
            if how == "at the end":
                path.write_text(before + content)
            else:
                assert before.count(place) >= 1, place
                line = content.rstrip("\n")
                written = {"before": content + place, "after": f"{place}\n{line}", "instead of": line}
                path.write_text(before.replace(place, written[how], 1))
        files.append(new or changed)
    assert len(files) == text.count("```") // 2
    return list(dict.fromkeys(files))


@pytest.fixture(scope="module")
def project(sample, tmp_path_factory) -> Path:
    """A copy of the project with the warehouse of the sample, to follow the recipes in."""
    folder = tmp_path_factory.mktemp("recipes") / "project"
    parts = (
        "models",
        "macros",
        "seeds",
        "snapshots",
        "tests/generic",
        "tests/orders",
        "profiles",
        "packages",
        "analyses",
        "datagen",
        "docs",
        "warehouse",
    )
    for part in parts:
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("dbt_project.yml", "packages.yml"):
        shutil.copy(PROJECT / file, folder)
    shutil.copytree(PROJECT / "dbt_packages", folder / "dbt_packages", symlinks=True)
    shutil.copy(sample.path, folder / "warehouse.duckdb")
    return folder


def run(project: Path, *arguments: str):
    return dbt(
        *arguments,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project / "profiles"),
        "--target-path",
        str(project / "target"),
        WAREHOUSE_DUCKDB=str(project / "warehouse.duckdb"),
    )


def rows(project: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(project / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def commands(text: str) -> list[list[str]]:
    """The commands of dbt in a section."""
    return [line.split() for line in re.findall(r"(?m)^    dbt (.*)$", text)]


def make_seeds(project: Path) -> None:
    """`make seeds` in a copy of the project."""
    command = [sys.executable, "-m", "datagen", "seeds"]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True, timeout=120)


def test_the_recipes_in_their_order(project: Path):
    files = {"Add a source": 9, "Add a table of change data": 9, "Add a column": 11, "Add a mart with a metric": 5}
    texts = [section(name) for name in files]
    assert {name: len(follow(project, section(name))) for name in files} == files
    (named,) = {line for text in texts for line in re.findall(r"(?m)^    make (?!metrics)(.*)$", text)}
    assert named == "seeds"
    make_seeds(project)
    # dbt reads the project once for all of them, where a person builds after each.
    asked = [command for text in texts for command in commands(text)]
    assert len(asked) == 4 and {tuple(command[:2]) for command in asked} == {("build", "--select")}
    built = run(project, "build", "--select", *(name for command in asked for name in command[2:]))
    assert built.returncode == 0, built.stdout[-3000:]

    assert rows(
        project, "select review_id, stars from staging.stg_shop__reviews order by loaded_at, source_position"
    ) == [
        ("r1", 5),
        ("r2", 2),
        ("r1", 4),
    ]
    rejected = "select rejection_reason from observability.rejected_records where source_table"
    assert sorted(rows(project, f"{rejected} = 'reviews'")) == [("bad_stars",), ("no_review_id",)]
    counts = "select raw_count, accepted_count, rejected_count from observability.source_row_counts"
    assert rows(project, f"{counts} where source_table = 'reviews'") == [(5, 3, 2)]

    assert rows(project, f"{counts} where source_table = 'program_changes'") == [(9, 4, 5)]
    assert sorted(reason for (reason,) in rows(project, f"{rejected} = 'program_changes'")) == [
        *("bad_time", "no_operation", "no_program", "other_table", "tombstone"),
    ]
    programs = "select program_id, title, genre, released_at::varchar from intermediate.int_playback__programs"
    assert rows(project, programs) == [("news", "Evening news", "politics", "2024-01-01 18:00:00")]

    channels = "select sales_channel, count(*) from {} group by all order by all"
    with_channel = "select order_id, sales_channel from marts.fct_orders where sales_channel is not null"
    assert rows(project, with_channel) == [("o-9000042", "app")]
    assert rows(project, channels.format("staging.stg_shop__orders"))[0] == ("app", 1)

    assert rows(project, "from marts.fct_daily_reviews order by review_date")[0][1:4] == ("p1", 1, 2)
    assert '"average_stars"' in (project / "target" / "semantic_manifest.json").read_text()

    page = described_raw_tables((project / "docs" / "your_data.md").read_text())
    declared = yaml.safe_load((project / "models" / "staging" / "_raw.yml").read_text())["sources"][0]["tables"]
    arrival = {"loaded_at", "source_file", "source_position"}
    assert {table: columns for table, columns, _ in page} == {
        table["name"]: [column["name"] for column in table["columns"] if column["name"] not in arrival]
        for table in declared
    }
    assert {"fct_daily_reviews", "fct_orders"} <= {mart for _, _, marts in page for mart in marts}

    claim = section("Add a test")
    assert len(follow(project, claim)) == 1
    (test,) = commands(claim)
    assert run(project, *test).returncode == 0
    with duckdb.connect(str(project / "warehouse.duckdb")) as warehouse:
        warehouse.execute("begin; update marts.fct_daily_reviews set review_count = 7 where star_count = 2; commit")
    assert run(project, *test).returncode == 1, "the test can fail"

    rule = section("Change a rule")
    (command,) = commands(rule)
    with_tens = "r11,1,p1,10,2025-01-07 10:00:00,2025-01-08 00:05:00,reviews/2025-01-07.csv,1\n"
    seed = project / "seeds" / "raw" / "reviews.csv"
    seed.write_text(seed.read_text() + with_tens)
    assert len(follow(project, rule)) == 2
    stopped = run(project, "build", "--select", "reviews+")
    assert stopped.returncode == 1 and f"dbt {' '.join(command)}" in stopped.stdout
    assert rows(project, "select count(*) from staging.base_shop__reviews") == [(5,)]
    built = run(project, *command)
    assert built.returncode == 0, built.stdout[-3000:]
    assert rows(project, "select max(stars) from staging.stg_shop__reviews") == [(10,)]
