"""The recipes of `docs/recipes.md` work as they are written: followed in a copy of the project, from the top down."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, dbt

STEP = re.compile(
    r"(?:New file `([^`]+)`|In `([^`]+)`, (before|instead of|at the end)(?: `{1,2}(.+?)`{1,2})?):\n\n```\w+\n(.*?)```",
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
                path.write_text(before.replace(place, content + place if how == "before" else content.rstrip("\n"), 1))
        files.append(new or changed)
    assert len(files) == text.count("```") // 2
    return list(dict.fromkeys(files))


@pytest.fixture(scope="module")
def project(sample, tmp_path_factory) -> Path:
    """A copy of the project with the warehouse of the sample, in which the source, the mart and the test are there."""
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
    )
    for part in parts:
        shutil.copytree(PROJECT / part, folder / part)
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


def test_the_recipes_in_their_order(project: Path):
    source = section("Add a source")
    assert len(follow(project, source)) == 8
    for command in commands(source):
        built = run(project, *command)
        assert built.returncode == 0, built.stdout[-3000:]
    assert rows(
        project, "select review_id, stars from staging.stg_shop__reviews order by loaded_at, source_position"
    ) == [
        ("r1", 5),
        ("r2", 2),
        ("r1", 4),
    ]
    rejected = "select rejection_reason, raw_record from observability.rejected_records where source_table = 'reviews'"
    assert sorted(row[0] for row in rows(project, rejected)) == ["bad_stars", "no_review_id"]
    counts = "select raw_count, accepted_count, rejected_count from observability.source_row_counts"
    assert rows(project, f"{counts} where source_table = 'reviews'") == [(5, 3, 2)]

    mart = section("Add a mart with a metric")
    assert len(follow(project, mart)) == 4
    (build,) = commands(mart)
    built = run(project, *build)
    assert built.returncode == 0, built.stdout[-3000:]
    assert rows(project, "from marts.fct_daily_reviews order by review_date")[0][1:4] == ("p1", 1, 2)
    assert '"average_stars"' in (project / "target" / "semantic_manifest.json").read_text()

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
