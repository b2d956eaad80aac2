"""The exercises: one folder each in `practice/exercises/`. CONTRIBUTING.md says how to write one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent / "exercises"
ENDINGS = {"sql": ".sql", "python": ".py"}


@dataclass(frozen=True)
class Reference:
    """A file of this repository that does in earnest what a step asks for, and why it is as it is, step by step."""

    file: str
    why: tuple[str, ...]

    def text(self) -> str:
        """What stands in the file."""
        return (PROJECT / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Step:
    """One file that a learner writes.

    Attributes:
        folder: that of the exercise.
        name: the file without its ending, mostly that of the model of this repository.
        kind: model, script, consumer or export.
        languages: in which it may be written.
        title, what, why: for the screen.
        hints: three, each plainer than the one before.
        inputs: by table its columns and their types.
        target: of a script, the table that it changes.
        columns: of the result, with their types.
        cases: what it is checked by, as written in `cases.yml`.
        references: the real ones.
    """

    folder: Path
    name: str
    kind: str
    languages: tuple[str, ...]
    title: str
    what: str
    why: str
    hints: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, str]]
    target: str | None
    columns: Mapping[str, str]
    cases: tuple[dict, ...]
    references: tuple[Reference, ...]

    def files(self) -> list[str]:
        """The names the learner's file may have."""
        return [self.name + ENDINGS[language] for language in self.languages]

    def answer(self, language: str) -> str:
        """The plain answer of the exercise in a language."""
        return (self.folder / "answer" / (self.name + ENDINGS[language])).read_text(encoding="utf-8")

    def answer_sql(self) -> str:
        """The answer in SQL, which says what is right for an input that was made smaller; empty where there is none."""
        return self.answer("sql") if self.kind == "model" else ""

    def begin_with(self, file: str) -> str:
        """What to write first, for whoever has written nothing."""
        if self.kind == "script":
            return f"write the statements that change {self.target}, the new rows come from {self._input()}."
        if self.kind == "consumer":
            return "begin with def consume(topic, lake, write_parquet)."
        if self.kind == "export":
            return "begin with def export(rows, path, write_parquet)."
        if file.endswith(".py"):
            return f"begin with def model(ref), and read ref('{self._input()}')."
        return f"begin with select … from {{{{ ref('{self._input()}') }}}}; the columns are {', '.join(self.columns)}."

    def _input(self) -> str:
        return next(table for table in self.inputs if table != self.target)

    def task(self) -> dict:
        """What the process that checks needs, as JSON has it."""
        return {
            "kind": self.kind,
            "inputs": self.inputs,
            "target": self.target,
            "columns": self.columns,
            "cases": [_case(self, case) for case in self.cases],
        }


@dataclass(frozen=True)
class Question:
    """What an interviewer asks in the end, and what a good answer names."""

    ask: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """One folder of `practice/exercises/`. Minutes: `target`, `expert`, and the limit of an `interview`."""

    id: str
    letter: str
    title: str
    teaches: str
    minutes: Mapping[str, int]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]

    @cached_property
    def brief(self) -> str:
        """The brief, in Markdown."""
        return (FOLDER / self.id / "brief.md").read_text(encoding="utf-8")

    def wrong_answers(self) -> list[dict]:
        """Typical wrong answers: which step, which rule it breaks, the mistake in words, and its text."""
        wrong = []
        for one in _yaml(FOLDER / self.id / "wrong.yml"):
            step = next(step for step in self.steps if step.name == one["step"])
            language = one.get("language", step.languages[0])
            text = one.get("text") or step.answer(language)
            if "replace" in one and one["replace"] not in text:
                raise ValueError(f"{self.id}: the answer to {step.name} has no {one['replace']!r}")
            changed = text.replace(one["replace"], one["by"]) if "replace" in one else text
            wrong.append({**one, "step": step, "language": language, "text": changed})
        return wrong


@cache
def rules() -> dict[str, str]:
    """By its id each rule as a sentence."""
    return _yaml(Path(__file__).with_name("rules.yml"))


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by their ids, in the order of their letters."""
    read = [_exercise(path.parent) for path in FOLDER.glob("*/exercise.yml")]
    return {one.id: one for one in sorted(read, key=lambda one: one.letter)}


def _exercise(folder: Path) -> Exercise:
    about, cases = _yaml(folder / "exercise.yml"), _yaml(folder / "cases.yml")
    return Exercise(
        id=folder.name,
        letter=about["letter"],
        title=about["title"],
        teaches=about["teaches"],
        minutes=about["minutes"],
        steps=tuple(_step(folder, step, cases[step["name"]]) for step in about["steps"]),
        questions=tuple(Question(one["ask"], tuple(one["names"])) for one in about["questions"]),
    )


def _step(folder: Path, step: dict, cases: list[dict]) -> Step:
    return Step(
        folder=folder,
        name=step["name"],
        kind=step.get("kind", "model"),
        languages=tuple(step.get("languages", ["sql"])),
        title=step["title"],
        what=step["what"].strip(),
        why=step["why"].strip(),
        hints=tuple(hint.strip() for hint in step["hints"]),
        inputs=step.get("inputs", {}),
        target=step.get("target"),
        columns=step.get("columns", {}),
        cases=tuple(cases),
        references=tuple(Reference(one["file"], tuple(one["why"])) for one in step["reference"]),
    )


@cache
def _yaml(path: Path) -> dict | list:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


# Cases


def _case(step: Step, case: dict) -> dict:
    """A case as it is run: of the project's unit test where it names one, of its own rows where it has some."""
    if "unit_test" not in case:
        return {
            "columns": case.get("columns", list(step.columns)),
            "variables": case.get("variables", {}),
            "given": {},
            "expect": [],
            "says": "",
            "rule": "ordinary",
            **{name: _plain(value) for name, value in case.items()},
            **{name: {table: _rows(rows) for table, rows in case[name].items()} for name in ("given",) if name in case},
            **{name: _rows(case[name]) for name in ("expect", "records", "later", "before", "rows") if name in case},
        }
    test = unit_tests()[case["unit_test"]]
    rows = _Chosen(case.get("only", {}))
    given = {_referred(one["input"]): rows.of(one.get("rows") or []) for one in test["given"]}
    expect = _expected(test["expect"])
    columns = [
        column for column in step.columns if column in case.get("columns", expect[0] if expect else step.columns)
    ]
    inputs, each = case.get("inputs", {}), case.get("each", {})
    return {
        "name": case["unit_test"],
        "rule": case["rule"],
        "says": case.get("says") or " ".join(test.get("description", "").split()),
        "given": {
            table: [_plain({**each, **row}) for row in given[inputs.get(table, table)]]
            for table in step.inputs
            if inputs.get(table, table) in given
        },
        "expect": _plain(rows.of(expect)),
        "columns": columns,
        "variables": {},
    }


@dataclass(frozen=True)
class _Chosen:
    """The rows of a unit test that a case takes: those whose columns have one of the values named."""

    only: Mapping[str, list]

    def of(self, rows: list[dict]) -> list[dict]:
        return [row for row in rows if all(row[column] in some for column, some in self.only.items() if column in row)]


def _rows(written: list | dict) -> list[dict]:
    """Rows as they are written: each with its columns, or `columns` once, and `each` for what all have in common."""
    if isinstance(written, dict) and "sql" not in written:
        each = written.get("each", {})
        written = [{**each, **dict(zip(written["columns"], row, strict=True))} for row in written["rows"]]
    return _plain(written)


def _plain(value: object) -> object:
    """A value of YAML as JSON has it: times as text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _referred(text: str) -> str:
    """The table that `ref('…')` or `source('…', '…')` names."""
    return text.rstrip(")'\" ").rsplit("'", 1)[-1]


def _expected(expect: dict) -> list[dict]:
    if expect.get("format") != "sql":
        return expect.get("rows") or []
    with duckdb.connect() as con:
        result = con.execute(expect["rows"])
        columns = [column for column, *_ in result.description]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@cache
def unit_tests() -> dict[str, dict]:
    """The unit tests of the project's models by their names."""
    files = (PROJECT / "models").rglob("_*unit_tests.yml")
    return {test["name"]: test for path in files for test in (_yaml(path) or {}).get("unit_tests", [])}
