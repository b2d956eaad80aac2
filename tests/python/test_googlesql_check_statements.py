"""`tools.googlesql_check.session`: what single statements and scripts may do, and where their errors are."""

import re

import pytest

from tools.googlesql_check.analyzer import Analyzer, RejectedError
from tools.googlesql_check.registry import Registry
from tools.googlesql_check.session import Session


@pytest.fixture(scope="module")
def session() -> Session:
    """A BigQuery with a partitioned table `wh.days` (day, n) whose reads need a filter on day."""
    made = Session(Analyzer(), Registry("p"))
    made.execute("create schema wh")
    made.execute("create table wh.days (day date, n int64) partition by day options (require_partition_filter = true)")
    return made


@pytest.mark.parametrize(
    ("sql", "message", "line", "column"),
    [
        ("declare days array<date>;\nset days = [current_date()];\nselect x from unnest(days)", "name: x", 3, 8),
        ("begin\n  select 1;\n  if true then select x; end if;\nend", "name: x", 3, 23),
        ("/* é */ select\n 'ä', x", "Unrecognized name: x", 2, 7),
        ("execute immediate 'select 1'", "EXECUTE IMMEDIATE", None, None),
        ("create table nowhere.t (n int64)", "Not found: Dataset p:nowhere", None, None),
        ("create table wh.days (n int64)", "Already Exists", None, None),
        ("create or replace view wh.days as select 1 as n", "cannot be replaced by a VIEW", None, None),
        ("select cast(1 as float32)", "Type not found: float32", 1, 18),
        ("select array_filter([1], e -> e > 1)", "Lambda is not supported", 1, 26),
    ],
)
def test_errors_of_scripts_and_ddl_have_their_place(session, sql, message, line, column):
    with pytest.raises(RejectedError, match=re.escape(message)) as caught:
        session.execute(sql)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "sql",
    [
        "select max_by(n, n), contains_substr('a', 'b'), cast(1 as bigint), cast(1 as decimal) from unnest([1]) as n",
        "create temp table few as select 1 as n; select n + 1 from few",
        "create temp function twice(n int64) as (n * 2); select twice(1)",
        "for row in (select 1 as n) do select row.n; end for",
        "begin transaction; delete from wh.days where day = current_date(); commit transaction",
        "select table_name from wh.INFORMATION_SCHEMA.TABLES",
        "alter table wh.days set options (description = 'x')",
    ],
)
def test_what_bigquery_has_is_accepted(session, sql):
    session.execute(sql)


@pytest.mark.parametrize(
    ("sql", "is_filtered"),
    [
        ("select n from `p`.`wh`.`days` where day >= date '2025-01-01'", True),
        ("select n from wh.days where n = 1", False),
        ("with a as (select * from wh.days) select n from a where day is not null", True),
        ("with a as (select * from wh.days) select n from a", False),
        ("select n from (select day, n from wh.days union all select day, 1 from wh.days) where day is null", True),
        ("select * from (select *, row_number() over (partition by day) as r from wh.days) where r = 1", False),
        ("select 1 from unnest([1]) as i left join wh.days as d on d.n = i and d.day > date '2025-01-01'", True),
        ("select 1 from unnest([current_date()]) as i join wh.days as d on d.day = i", False),
        ("insert into wh.days (day, n) values (current_date(), 1)", True),
        ("delete from wh.days where true", False),
        ("merge into wh.days as d using (select 1 as n) as s on d.n = s.n when matched then delete", False),
        (
            "merge into wh.days d using (select 1 as n) s on d.n = s.n and d.day is null when matched then delete",
            True,
        ),
        ("create or replace view wh.seen as select day as seen_on, n from wh.days; select n from wh.seen", False),
        (
            "create or replace view wh.seen as select day as d from wh.days; select 1 from wh.seen where d is not null",
            True,
        ),
        ("create or replace view wh.blind as select n from wh.days", False),
    ],
)
def test_required_partition_filters(session, sql, is_filtered):
    if is_filtered:
        session.execute(sql)
        return
    with pytest.raises(RejectedError, match="without a filter over column"):
        session.execute(sql)
