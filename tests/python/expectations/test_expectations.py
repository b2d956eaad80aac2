"""Every expectation of the stand-in gives the verdict and the number of failing rows that cases.yml says.

With DBT_EXPECTATIONS_PATH and DBT_DATE_PATH (folders of the real packages) the same cases run on the real package.
"""

import contextlib
import os
import shutil
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult

REPOSITORY = Path(__file__).parents[3]
PROJECT = Path(__file__).parent
STAND_IN = REPOSITORY / "packages" / "dbt_expectations"
REAL = {
    name: Path(os.environ[variable])
    for name, variable in {"dbt_expectations": "DBT_EXPECTATIONS_PATH", "dbt_date": "DBT_DATE_PATH"}.items()
    if variable in os.environ
}


def read_cases() -> dict[str, dict]:
    """Return the cases by name, each with `test`, `of`, `arguments`, `failing_rows` and perhaps `where`."""
    by_test = yaml.safe_load((PROJECT / "cases.yml").read_text(encoding="utf-8"))
    return {
        f"{test}__{number}": {"test": test, **case}
        for test, cases in by_test.items()
        for number, case in enumerate(cases, start=1)
    }


CASES = read_cases()


def write_project(folder: Path, cases: dict[str, dict]) -> None:
    """Write the probe project with these cases, and the package to try, into a folder that does not exist yet."""
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(REPOSITORY / "packages.yml", folder)  # so that dbt counts the installed packages
    tests: dict[str, list] = {}
    for name, case in cases.items():
        table, _, column = case["of"].partition(".")
        arguments = {"column_name": column, **case["arguments"]} if column else case["arguments"]
        test = {"name": name, "arguments": arguments, "config": {"where": case.get("where")}}
        tests.setdefault(table, []).append({f"dbt_expectations.{case['test']}": test})
    tables = {"seeds": (folder / "seeds").glob("*.csv"), "models": (folder / "models").glob("*.sql")}
    properties = {
        kind: [{"name": path.stem, "data_tests": tests[path.stem]} for path in paths if path.stem in tests]
        for kind, paths in tables.items()
    }
    (folder / "models" / "cases.yml").write_text(yaml.safe_dump(properties, sort_keys=False), encoding="utf-8")
    for name, path in (REAL or {"dbt_expectations": STAND_IN}).items():
        shutil.copytree(path, folder / "dbt_packages" / name, ignore=shutil.ignore_patterns("integration_tests"))


def run_dbt(folder: Path, *arguments: str) -> dbtRunnerResult:
    """Run one dbt command on the project in `folder`."""
    with contextlib.chdir(folder):
        return dbtRunner().invoke([*arguments, "--project-dir", str(folder), "--profiles-dir", str(folder)])


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, int | None]]:
    """Run all cases in one `dbt build`: name -> (status, failing rows). Any warning about the stand-in is an error."""
    folder = tmp_path_factory.mktemp("expectations") / "project"
    write_project(folder, CASES)
    done = run_dbt(folder, *([] if REAL else ["--warn-error"]), "--quiet", "build")
    assert done.exception is None, done.exception
    return {result.node.name: (str(result.status), result.failures) for result in done.result.results}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str, verdicts: dict[str, tuple[str, int | None]]) -> None:
    expected = CASES[name]["failing_rows"]
    assert verdicts[name] == ("fail" if expected else "pass", expected), CASES[name]


def test_every_expectation_has_a_case_that_passes_and_one_that_fails() -> None:
    expectations = {path.stem for path in (STAND_IN / "macros").glob("*.sql")}
    assert {case["test"] for case in CASES.values() if case["failing_rows"] == 0} == expectations
    assert {case["test"] for case in CASES.values() if case["failing_rows"] > 0} == expectations


@pytest.mark.skipif(bool(REAL), reason="the real package words its errors in its own way")
@pytest.mark.parametrize(
    ("test", "arguments", "message"),
    [
        ("expect_column_values_to_be_in_set", {"column_name": "a", "value_set": []}, "`value_set` must be a list that"),
        ("expect_column_values_to_be_in_set", {"column_name": "a"}, "`value_set` must be a list that is not empty"),
        ("expect_column_values_to_be_between", {"column_name": "a"}, "Give `min_value`, `max_value` or both"),
        ("expect_column_values_to_be_between", {"column_name": "a", "min": 1}, "takes no keyword argument 'min'"),
        ("expect_table_row_count_to_be_between", {"min_value": 1, "group_by": "a"}, "`group_by` must be a list."),
        ("expect_table_row_count_to_equal_other_table", {}, "`compare_model` must be given"),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["a"], "ignore_row_if": "never"},
            "`ignore_row_if` must",
        ),
        (
            "expect_column_pair_values_to_be_in_set",
            {"column_A": "a", "column_B": "b", "value_pairs_set": [[1, 2, 3]]},
            "must be a pair. Got: '[1, 2, 3]'",
        ),
    ],
)
def test_arguments_that_cannot_work_are_compiler_errors(
    tmp_path: Path, test: str, arguments: dict, message: str
) -> None:
    write_project(tmp_path / "project", {"bad": {"test": test, "of": "codes", "arguments": arguments}})
    done = run_dbt(tmp_path / "project", "--quiet", "parse")
    assert message in str(done.exception)
