"""A model that does not end, takes too much or reaches outside of its folder is stopped with a sentence."""

from pathlib import Path

import pytest

from practice.checking import check_text
from practice.exercises import exercises

PROJECT = Path(__file__).resolve().parents[2]
EVENTS = exercises()["user_events"].steps[0]
CONSUMER = exercises()["topic_to_lake"].steps[0]
EXPORT = exercises()["customer_summary"].steps[1]
LOAD = exercises()["running_for_years"].steps[0]
SQL, PYTHON = f"{EVENTS.name}.sql", f"{EVENTS.name}.py"
ENDLESS = "with recursive t as (select 1 as n union all select n + 1 from t where n < 1e18) select max(n) from t"
READS = "it reads or writes a file"
ONE_SELECT = "is not one select"


def problem(step, name: str, text: str) -> str:
    """The one sentence that a file is told."""
    verdict = check_text(step, name, text)
    assert not verdict.is_right and not verdict.failures
    assert "\n" not in verdict.problem and "Traceback" not in verdict.problem and verdict.problem.endswith((".", ";"))
    assert verdict.problem.startswith(name.partition(".")[0]) or name in verdict.problem
    return verdict.problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENDLESS, "was stopped"),
        (
            "select count(*) from range(100000000) as a, range(100000000) as b where a.range % 7 = b.range % 5",
            "too much memory",
        ),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}select 1",
            "was stopped",
        ),
        ("select * from read_csv('/etc/passwd')", READS),
        ("select * from '/etc/passwd'", "cannot be run"),
        ("copy (select 1) to '{file}'", ONE_SELECT),
        ("attach '{file}' as other", ONE_SELECT),
        ("select 1; select 2", ONE_SELECT),
        ("drop table base_app__user_events", ONE_SELECT),
        ("set memory_limit = '100GB'", ONE_SELECT),
        ("select list(i) from range(900000000) as a (i)", "too much memory"),
        ("select from where", "is no SQL"),
        ("select {{ nothing }}", "no template"),
        ("select {{ ref('orders') }}", "asks for ref('orders'); its inputs are base_app__user_events"),
        ("select {{ ''.__class__.__mro__ }}", "no template"),
        ("select 1 as source_position", "has no column event_id; it needs source_position, event_id, decision"),
        (
            "select 'x' as source_position, event_id, 'a' as decision from {{ ref('base_app__user_events') }}",
            "source_position of",
        ),
        ("select nothing from {{ ref('base_app__user_events') }}", "nothing"),
        ("-- only a comment", "is empty"),
        ("{# nothing #}", "is empty"),
    ],
)
def test_sql(tmp_path, text, says):
    file = tmp_path / "outside"
    assert says in problem(EVENTS, SQL, text.replace("{file}", str(file)))
    assert not file.exists()


MODEL = "def model(ref):\n    {line}\n    return []\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("while True: pass", "was stopped"),
        ("open('{file}', 'w').write('x')", "files may be written in its own folder only"),
        ("__import__('pathlib').Path('{file}').write_text('x')", "files may be written in its own folder only"),
        ("__import__('os').mkdir('{file}')", "files may be written in its own folder only"),
        ("__import__('os').symlink('/etc', '{file}')", "files may be written in its own folder only"),
        ("__import__('os').system('touch {file}')", "starts no process"),
        ("import subprocess", "imports subprocess"),
        ("import duckdb", "imports duckdb"),
        ("import socket", "imports socket"),
        ("[0] * 10**10", "too much memory"),
        ("model(ref)", "RecursionError"),
        ("1 / 0", "fails in line 2: ZeroDivisionError"),
        ("return None", "has to return, or yield, a dictionary for each row"),
        ("return [1]", "has to return, or yield, a dictionary for each row"),
        ("ref('orders')", "asks for ref('orders')"),
        ("__import__('os')._exit(0)", "ended the process"),
        ("raise SystemExit", "ended the process"),
        ("print('x' * 100)", None),
    ],
)
def test_python(tmp_path, line, says):
    file = tmp_path / "outside"
    text = MODEL.format(line=line.replace("{file}", str(file)))
    if says is None:
        assert check_text(EVENTS, PYTHON, text).broken_rules == ["ordinary"]
    else:
        assert says in problem(EVENTS, PYTHON, text)
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [("def model(ref:", "is no Python"), ("x = 1", "has no function model"), ("# nothing", "is empty")],
)
def test_python_that_is_no_model(text, says):
    assert says in problem(EVENTS, PYTHON, text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("while True: pass", "was stopped"),
        ("while True: topic.poll()", "was stopped"),
        ("__import__('time').sleep(60)", "was stopped"),
        ("(lake / '..' / '..' / 'x').write_text('x')", "files may be written in its own folder only"),
        ("write_parquet('{file}', [{'a': 1}])", "files may be written in its own folder only"),
        ("write_parquet(lake / 'orders' / 'a.parquet', [])", "needs at least one row"),
        ("topic.poll()[0].nothing", "has no attribute 'nothing'"),
        ("import pyarrow", "imports pyarrow"),
        ("(lake / 'a').write_text('a'); (lake / 'a').rename('{file}')", "files may be written in its own folder only"),
        ("__import__('os').symlink(lake / 'a', '{file}')", "files may be written in its own folder only"),
        ("__import__('os').symlink('/etc', lake / 'a')", "files may be written in its own folder only"),
        ("__import__('os').open('{file}', __import__('os').O_CREAT)", "files may be written in its own folder only"),
        ("__import__('shutil').copy('/etc/hostname', '{file}')", "files may be written in its own folder only"),
        ("__import__('sqlite3').connect('{file}')", "opens no connection or database"),
    ],
)
def test_a_consumer(tmp_path, line, says):
    file = tmp_path / "outside.parquet"
    text = f"def consume(topic, lake, write_parquet):\n    {line.replace('{file}', str(file))}\n"
    assert says in problem(CONSUMER, "consumer.py", text)
    assert not file.exists()


def test_an_export_and_a_load():
    assert "has no function export" in problem(EXPORT, "export_summary.py", "x = 1")
    assert "begin with def export(rows, path, write_parquet)" in problem(EXPORT, "export_summary.py", "")
    assert READS in problem(LOAD, "load_orders.sql", "copy orders_clean to '/tmp/outside'")
    assert "was stopped" in problem(LOAD, "load_orders.sql", ENDLESS)
    assert "is no SQL" in problem(LOAD, "load_orders.sql", "insert")


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    from practice.checking import check

    assert "There is no x.sql in" in check(EVENTS, tmp_path / "x.sql").problem
    (tmp_path / "x.sql").write_bytes(b"\xff\xfe")
    assert "x.sql cannot be read" in check(EVENTS, tmp_path / "x.sql").problem
