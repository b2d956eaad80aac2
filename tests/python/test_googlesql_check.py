"""`tools.googlesql_check`: good projects pass with the right counts, and each kind of mistake is named."""

import json
import re
from pathlib import Path

import pytest

from tools.googlesql_check import check, module_cache, statement_log

PROFILES = """
probe:
  target: bigquery
  outputs:
    bigquery:
      {type: bigquery, method: oauth, project: "{{ env_var('BIGQUERY_PROJECT') }}", dataset: warehouse, location: US}
"""
PROJECT = """
name: probe
version: 0.1.0
profile: probe
models: {probe: {+persist_docs: {relation: true, columns: true}}}
seeds: {probe: {+schema: raw, raw_events: {+column_types: {event_id: string, amount: numeric, happened_at: timestamp}}}}
"""
SEED = "event_id,amount,happened_at\n1,1.5,2025-01-01 10:00:00\n"
STAGING = "select event_id, amount, happened_at, date(happened_at) as event_date from {{ ref('raw_events') }}"
SNAPSHOT = """
snapshots:
  - name: events_snapshot
    relation: ref('stg_events')
    config: {unique_key: event_id, strategy: timestamp, updated_at: happened_at}
"""

GOOD_MODELS = {
    "stg_events": STAGING,
    "int_later": """
        {{ config(materialized='ephemeral') }}
        select event_id, event_date, amount from {{ ref('stg_events') }}""",
    "fct_events": """
        {{ config(materialized='table', cluster_by=['event_id'],
                  partition_by={'field': 'event_date', 'data_type': 'date'},
                  require_partition_filter=true, contract={'enforced': true}) }}
        select event_id, event_date, [amount] as amounts from {{ ref('stg_events') }}""",
    "fct_merged": """
        {{ config(materialized='incremental', unique_key='event_id', on_schema_change='append_new_columns') }}
        select event_id, event_date, amount from {{ ref('int_later') }}
        {% if is_incremental() %} where event_date > (select max(event_date) from {{ this }}) {% endif %}""",
    "fct_overwritten": """
        {{ config(materialized='incremental', incremental_strategy='insert_overwrite',
                  partition_by={'field': 'event_date', 'data_type': 'date'}) }}
        select event_date, sum(amount) as amount from {{ ref('stg_events') }}
        {% if execute %}
        {% set days = run_query("select distinct event_date from " ~ ref('stg_events')).columns[0].values() %}
        where event_date in ({% for day in days %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor %})
        {% endif %}
        group by event_date""",
}
GOOD_YAML = """
models:
  - name: stg_events
    description: Events as "staged"; it's a view.
    columns:
      - {name: event_id, description: The id., data_tests: [not_null, unique]}
  - name: fct_events
    columns:
      - {name: event_id, data_type: string, constraints: [{type: not_null}]}
      - {name: event_date, data_type: date}
      - {name: amounts, data_type: array<numeric>}
unit_tests:
  - name: staging_takes_the_date
    model: stg_events
    given:
      - input: ref('raw_events')
        rows: [{event_id: "1", happened_at: "2025-01-01 10:00:00", amount: 1.5}, {event_id: "2", happened_at: null}]
    expect:
      rows: [{event_id: "1", event_date: "2025-01-01", amount: 1.5}, {event_id: "2", event_date: null, amount: null}]
  - name: merge_takes_only_later_days
    model: fct_merged
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: this, rows: [{event_date: "2025-01-01"}]}
      - input: ref('int_later')
        format: sql
        rows: select '2' as event_id, date '2025-01-02' as event_date, numeric '1' as amount
    expect: {rows: [{event_id: "2"}]}
  - name: arrays
    model: fct_events
    given:
      - input: ref('stg_events')
        format: sql
        rows: select 'a' as event_id, numeric '1' as amount, date '2025-01-01' as event_date
    expect: {format: sql, rows: "select 'a' as event_id, date '2025-01-01' as event_date, [numeric '1'] as amounts"}
"""

# Name of a model -> its SQL, and what Google says of it.
BAD_MODELS = {
    "double_colon": ("select event_id::int64 as n from {{ ref('stg_events') }}", 'Expected end of input but got ":"'),
    "try_cast": (
        "select try_cast(event_id as int64) as n from {{ ref('stg_events') }}",
        "Function not found: try_cast",
    ),
    "unknown_column": ("select nothing from {{ ref('stg_events') }}", "Unrecognized name: nothing"),
    "text_is_number": (
        "select '1' = 1 as same",
        "No matching signature for operator = for argument types: STRING, INT64",
    ),
    "filter_clause": ("select count(*) filter (where true) as n from {{ ref('stg_events') }}", "Syntax error"),
    "incremental_only": (
        "{{ config(materialized='incremental', unique_key='event_id') }} select event_id from {{ ref('stg_events') }}"
        "\n{% if is_incremental() %} where epoch(happened_at) > 0 {% endif %}",
        "Function not found: epoch",
    ),
    "cluster_by_nothing": (
        "{{ config(materialized='table', cluster_by='absent') }} select 1 as n",
        "Unrecognized name",
    ),
    "whole_table": (
        "select event_id from {{ ref('fct_events') }}",
        "Cannot query over table 'analyzed-project.warehouse.fct_events' without a filter over column(s) 'event_date'",
    ),
}
BAD_YAML = """
data_tests:
  - name: assert_bad
    description: Only the test is wrong.
unit_tests:
  - name: bad_expectation
    model: stg_events
    given:
      - {input: ref('raw_events'), rows: [{event_id: "1"}]}
    expect: {format: sql, rows: "select '1' as event_id, 'much' as amount"}
"""


def write_project(folder: Path, models: dict[str, str], yaml: str, tests: dict[str, str]) -> Path:
    files = {"dbt_project.yml": PROJECT, "profiles/profiles.yml": PROFILES, "seeds/raw_events.csv": SEED}
    files |= {"models/schema.yml": yaml, "snapshots/snapshots.yml": SNAPSHOT}
    files |= {f"models/{name}.sql": sql for name, sql in models.items()}
    files |= {f"tests/{name}.sql": sql for name, sql in tests.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_good_project_is_accepted(tmp_path, capsys):
    good_test = {"assert_good": "select * from {{ ref('stg_events') }} where amount < 0"}
    project = write_project(tmp_path, GOOD_MODELS, GOOD_YAML, good_test)
    assert check.main(project) == 0
    assert re.fullmatch(
        r"\d+ statements \(4 models, 1 seed, 3 tests, 3 unit tests, 1 snapshot; first and second run\) "
        r"accepted by GoogleSQL\n",
        capsys.readouterr().out,
    )
    sent = statement_log.read(project / check.OUTPUT / statement_log.FILE_NAME)

    def kinds(run: str, node: str) -> list[str]:
        return [
            kind for statement in sent if (statement.run, statement.node) == (run, node) for kind in statement.kinds
        ]

    assert kinds("first", "seed.probe.raw_events")[0] == "Load"
    assert "ResolvedMergeStmt" not in kinds("first", "model.probe.fct_merged")
    assert kinds("second", "model.probe.fct_merged")[-1] == "ResolvedMergeStmt"
    assert "ResolvedMergeStmt" in kinds("second", "model.probe.fct_overwritten")
    assert kinds("first", "snapshot.probe.events_snapshot")[-1] == "ResolvedCreateTableAsSelectStmt"
    assert kinds("second", "snapshot.probe.events_snapshot")[-1] == "ResolvedMergeStmt"
    ddl = next(statement.sql for statement in sent if statement.created == "analyzed-project.warehouse.fct_events")
    assert "partition by event_date" in ddl and "cluster by event_id" in ddl and "require_partition_filter=True" in ddl
    overwritten = [statement.sql for statement in sent if statement.node == "model.probe.fct_overwritten"]
    assert "date '2025-01-01'" in overwritten[-1], "macros that loop over a result see a row"


def test_each_mistake_is_rejected_and_named(tmp_path, capsys):
    models = {name: GOOD_MODELS[name] for name in ("stg_events", "fct_events")}
    models |= {name: sql for name, (sql, _) in BAD_MODELS.items()} | {"behind": "select * from {{ ref('try_cast') }}"}
    yaml = GOOD_YAML.partition("unit_tests:")[0] + BAD_YAML.strip("\n")
    project = write_project(tmp_path, models, yaml, {"assert_bad": "select list(1) from {{ ref('stg_events') }}"})
    (project / "analyses").mkdir()
    (project / "analyses" / "of_what_is_not_there.sql").write_text("select n from {{ ref('double_colon') }}")
    assert check.main(project, passes=check.PASSES | check.ANALYSES) == 1
    output = capsys.readouterr()
    assert output.out == ""
    found = {part.split()[0]: part for part in output.err.split("\n\n")}
    for name, (_, message) in BAD_MODELS.items():
        run = "second run" if name == "incremental_only" else "first run"
        assert found[f"model.probe.{name}"].startswith(f"model.probe.{name} ({run}), models/{name}.sql\n")
        assert message in found[f"model.probe.{name}"]
    assert "Function not found: list" in found["test.probe.assert_bad"]
    assert "(unit tests)" in found["unit_test.probe.stg_events.bad_expectation"]
    assert len(found) == len(BAD_MODELS) + 3, "nothing else is rejected"
    text, caret = found["model.probe.unknown_column"].splitlines()[-2:]
    assert text[caret.index("^") :].startswith("nothing from")
    assert output.err.endswith(f"this project: {len(BAD_MODELS) + 2} problems; 1 node behind them was not checked.\n")


def test_a_broken_project_gets_one_sentence(tmp_path):
    project = write_project(tmp_path, {"broken": "select {{ ref('nowhere') }}"}, "", {})
    with pytest.raises(check.ProjectError, match="nowhere"):
        check.main(project)


def test_a_cold_cache_says_so_once_and_then_is_used(tmp_path, monkeypatch):
    class FakeModule:
        serialize = staticmethod(lambda: b"compiled")
        from_file = classmethod(lambda cls, engine, path: cls())
        deserialize_file = classmethod(lambda cls, engine, path: Path(path).read_bytes())

    monkeypatch.setattr(module_cache, "Module", FakeModule)
    said: list[str] = []
    assert isinstance(module_cache.load_module(None, said.append, tmp_path / "cache"), FakeModule)
    assert said == [module_cache.COMPILING]
    assert module_cache.load_module(None, said.append, tmp_path / "cache") == b"compiled"
    assert len(said) == 1


def test_long_lines_are_cut_around_the_caret():
    sql = "select " + ", ".join(f"column_{number}" for number in range(100))
    column = sql.index("column_70") + 1
    text, caret = statement_log.excerpt(statement_log.Statement("first", "n", sql, line=1, column=column)).splitlines()
    assert text[caret.index("^") :].startswith("column_70") and len(text) < 170


def test_the_log_reads_back_what_was_written(tmp_path):
    statement = statement_log.Statement(
        "second", "model.a.b", "select 'ä'", ["ResolvedQueryStmt"], message="no", line=1
    )
    statement_log.write([statement], tmp_path / "log" / "statements.jsonl")
    assert statement_log.read(tmp_path / "log" / "statements.jsonl") == [statement]
    assert json.loads((tmp_path / "log" / "statements.jsonl").read_text())["node"] == "model.a.b"
