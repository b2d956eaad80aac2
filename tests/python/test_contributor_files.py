"""What documents and workflows name is there: commands, paths, variables. And every mart has a reader."""

import json
import re
from pathlib import Path

import pytest
import yaml

from warehouse.cli import main as warehouse_command

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [str(path.relative_to(REPOSITORY)) for path in sorted(REPOSITORY.glob("docs/*.md"))]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "models/overview.md", *PAGES]
TIER_1 = ".github/workflows/ci.yml"
TIER_2 = ".github/workflows/bigquery.yml"
WORKFLOWS = [str(path.relative_to(REPOSITORY)) for path in sorted(REPOSITORY.glob(".github/workflows/*"))]
# What builds and tools make; it need not be there.
MADE = {
    ".git",
    ".airflow",
    ".venv",
    "target",
    "logs",
    "dbt_packages",
    "data",
    "practice_work",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
}
ENTRIES = [entry for entry in REPOSITORY.iterdir() if entry.name not in MADE and not entry.name.startswith(".venv-")]
FILE_NAMES = {path.name for entry in ENTRIES for path in (entry, *entry.rglob("*"))}


def text(name: str) -> str:
    """A file of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def workflow(name: str) -> dict:
    """A workflow. YAML 1.1 reads its key `on` as true."""
    return {"on" if key is True else key: value for key, value in yaml.safe_load(text(name)).items()}


def is_path(span: str) -> bool:
    """Whether a code span is to be a file or folder of the repository. `reviews` is the example of CONTRIBUTING.md."""
    first = span.split("/")[0]
    is_named_so = re.search(r"(/|\.(csv|in|md|py|sql|toml|txt|ya?ml))$", span) or first in {e.name for e in ENTRIES}
    return bool(
        re.fullmatch(r"[\w./-]+", span) and is_named_so and first not in {*MADE, "landing"} and "review" not in span
    )


@pytest.mark.parametrize("name", [*DOCUMENTS, *WORKFLOWS])
def test_commands_exist(name):
    # `make` begins a code span, a line or a step; elsewhere it is the verb.
    makes = set(re.findall(r"(?m)(?:`|^ *|run: |&& )make ([a-z][a-z-]*)", text(name)))
    assert not makes - set(re.findall(r"(?m)^([a-z-]+):", text("Makefile")))
    assert not set(re.findall(r"-m warehouse ([a-z][a-z-]*)", text(name))) - set(warehouse_command.commands)


@pytest.mark.parametrize("name", [*DOCUMENTS, *WORKFLOWS])
def test_commands_have_the_options_that_are_given(name):
    table = dict(re.findall(r"(?m)^OPTIONS_OF_([\w-]+) := (.*)$", text("Makefile")))
    for command, given in re.findall(
        r"\bmake ([a-z][a-z-]*)((?: [A-Z_]+=(?:'[^']*'|\"[^\"]*\"|[^\s`]+))+)", text(name)
    ):
        options = set(re.findall(r" ([A-Z_]+)=", given))
        assert not options - {*table.get(command, "").split(), "PYTHON"}, f"make {command}{given}"


def test_readme_or_docs_name_every_make_command():
    with_help = set(re.findall(r"(?m)^([a-z-]+):.*## ", text("Makefile"))) - {"help"}
    assert not with_help - {command for name in DOCUMENTS for command in re.findall(r"\bmake ([a-z-]+)", text(name))}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_exist(name):
    paths = {span for span in re.findall(r"`([^`\n]+)`", text(name)) if is_path(span)} - {".csv", ".txt", "_format.yml"}
    paths -= set(re.findall(r"New file `([^`]+)`", text(name)))
    assert not {path for path in paths if not (REPOSITORY / path).exists() and path not in FILE_NAMES}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_variables_exist(name):
    named = set(re.findall(r"(?:\bvar\('|--vars '\{)(\w+)", text(name)))
    assert not named - set(yaml.safe_load(text("dbt_project.yml"))["vars"])


def test_the_docs_explain_every_variable_and_every_mart():
    rows = re.findall(r"(?m)^\| \[?`(\w+)`", text("models/overview.md") + text("docs/variables.md"))
    variables = {variable for variable in yaml.safe_load(text("dbt_project.yml"))["vars"] if ":" not in variable}
    assert not (variables | marts()) - set(rows)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_are_safe(name):
    content = workflow(name)
    events = {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert set(content["on"]) <= events, "pull_request_target gives secrets to code from forks"
    assert content["permissions"] == {"contents": "read"}
    assert "secrets." not in text(name)
    longest = 360 if "schedule" in content["on"] else 60
    for job in content["jobs"].values():
        assert 0 < job["timeout-minutes"] <= longest
        if "id-token" in job.get("permissions", {}):
            own_code = "github.event.pull_request.head.repo.full_name == github.repository"
            assert "github.event_name == 'push'" in job["if"] or own_code in job["if"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit(name):
    """A tag can be moved to other code; the comment says which release the commit is."""
    uses = re.findall(r"(?m)^ *-? *uses: *(.*)$", text(name))
    assert uses and all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in uses)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_the_steps_that_need_a_token_have_one(name):
    steps = [step for job in workflow(name)["jobs"].values() for step in job["steps"]]
    with_token = [step for step in steps if "github.token" in str(step.get("env"))]
    assert text(name).count("github.token") == len(with_token)
    assert all(re.search(r"\bgh (run|api|pr|release) ", step["run"]) for step in with_token)


def test_what_is_installed_runs_without_credentials_for_bigquery():
    for job in workflow(TIER_2)["jobs"].values():
        steps = [step.get("uses", step.get("run", "")).partition("@")[0] for step in job["steps"]]
        assert steps.index("make deps") < steps.index("google-github-actions/auth")


def test_tier_1_is_ci_run_and_nothing_else():
    (job,) = workflow(TIER_1)["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert "permissions" not in job and "github.token" not in text(TIER_1)


def test_settings_of_editors_name_what_is_there():
    settings = json.loads(text(".vscode/settings.json"))
    paths = re.findall(r"\$\{workspaceFolder\}/([\w./-]+)", text(".vscode/settings.json"))
    assert len(paths) == 4 and all((REPOSITORY / path).exists() for path in paths)
    assert settings["dbt.profilesDirOverride"].endswith("/profiles") and "profiles.yml" in FILE_NAMES
    container = json.loads(text(".devcontainer/devcontainer.json"))
    make, *targets = container["postCreateCommand"].split()
    assert make == "make" and targets
    assert all(re.search(rf"(?m)^{target}:", text("Makefile")) for target in targets)
    extensions = json.loads(text(".vscode/extensions.json"))["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == extensions


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob(".github/ISSUE_TEMPLATE/*.yml")), ids=lambda path: path.stem)
def test_issue_templates_ask_for_something(path):
    template = yaml.safe_load(path.read_text())
    assert template["name"] and template["description"] and template["body"]
    ids = [field["id"] for field in template["body"]]
    assert len(set(ids)) == len(ids) and all(field["attributes"]["label"] for field in template["body"])


def test_the_sample_has_the_types_of_the_raw_tables():
    raw = yaml.safe_load(text("models/staging/_raw.yml"))
    for table, seed in zip(raw["sources"][0]["tables"], raw["seeds"], strict=True):
        declared = {column["name"]: column["data_type"] for column in table["columns"]}
        assert (seed["name"], seed["config"]["column_types"]) == (table["name"], declared)


def marts() -> set[str]:
    """The names of all marts."""
    return {path.stem for path in REPOSITORY.glob("models/marts/**/*.sql")}


def test_every_mart_is_read_by_somebody():
    exposures = yaml.safe_load(text("models/marts/exposures.yml"))["exposures"]
    read = {name for exposure in exposures for ref in exposure["depends_on"] for name in re.findall(r"'(\w+)'", ref)}
    assert not marts() - read
