"""The models of alerts have the same rows on DuckDB and on the BigQuery emulator."""

from collections import Counter

import duckdb
from conftest import PROJECT, Warehouse
from made_up_history import TABLES, History, inserts
from test_alerts import DAYS
from test_engines import comparable

# In the middle of what happens, for looking takes long on the emulator.
LOOKED_AT = (15, 26, 40, 56, 57)
MODELS = sorted(path.stem for path in (PROJECT / "models" / "observability" / "alerts").glob("*.sql"))


def test_both_engines_find_the_same_on_made_up_days(copy: Warehouse, emulator):
    history, different, seen = History(), {}, set()
    with duckdb.connect(copy.path) as connection:
        for table in TABLES:
            connection.execute(f"delete from run_history.{table}")
            emulator.query(f"delete from `test-project`.run_history.{table} where true").result()
        for number, day in enumerate(DAYS[: max(LOOKED_AT) + 1]):
            rows = history.day(number, day.runs)
            for ours, theirs in zip(inserts(rows), inserts(rows, "`test-project`.run_history"), strict=True):
                connection.execute(ours)
                emulator.query(theirs).result()
            for model in MODELS if number in LOOKED_AT else ():
                table = emulator.get_table(f"test-project.observability.{model}")
                columns = ", ".join(field.name for field in table.schema)
                query = f"select {columns} from observability.{model}"
                ours = Counter(connection.execute(query).fetchall())
                rows = emulator.query(query.replace("from ", "from `test-project`.")).result()
                theirs = Counter(comparable(row.values()) for row in rows)
                if model == "alert_candidates":
                    seen |= {row[0] for row in ours}
                if ours != theirs:
                    different[number, model] = {"DuckDB": list(ours - theirs)[:3], "BigQuery": list(theirs - ours)[:3]}
    for table in TABLES:
        emulator.query(f"delete from `test-project`.run_history.{table} where true").result()
    assert not different
    assert seen >= {"check_failed", "rejections_high", "source_stale", "budget_spent", "no_run"}
