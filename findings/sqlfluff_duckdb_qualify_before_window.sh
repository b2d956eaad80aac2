#!/usr/bin/env bash
# sqlfluff 4.4.0 takes a query for DuckDB's that DuckDB 2.0.1 cannot parse: QUALIFY in front of a named WINDOW.
#
# BigQuery has QUALIFY first and WINDOW after it, DuckDB the other way round, and each refuses the order of the other. So a model
# for both engines cannot use the two together. sqlfluff knows it of BigQuery: with that dialect the wrong order is unparsable.
# With the dialect `duckdb` it takes both orders, so a model that BigQuery runs is linted clean and fails in DuckDB.
#
# Seen on Linux with Python 3.11, unparsable sections for sqlfluff, and DuckDB's own word:
#   window, qualify: duckdb 0, bigquery 1, DuckDB takes it
#   qualify, window: duckdb 0, bigquery 0, DuckDB does not
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check sqlfluff==4.4.0 duckdb==2.0.1

cat > orders.py <<'PYTHON'
import duckdb
import sqlfluff

CLAUSES = {"window": "window by_price as (order by price)", "qualify": "qualify place = 1"}
connection = duckdb.connect()
connection.execute("create table prices as select * from (values (10.0), (12.5)) as made (price)")
for names in (("window", "qualify"), ("qualify", "window")):
    query = "select price, row_number() over by_price as place from prices " + " ".join(CLAUSES[name] for name in names)
    unparsable = {}
    for dialect in ("duckdb", "bigquery"):
        found = sqlfluff.lint(query + "\n", dialect=dialect)
        unparsable[dialect] = sum(one["code"] == "PRS" for one in found)
    try:
        verdict = "takes it" if connection.execute(query).fetchall() == [(10, 1)] else "gives other rows"
    except duckdb.ParserException:
        verdict = "does not"
    print(f"{', '.join(names)}: duckdb {unparsable['duckdb']}, bigquery {unparsable['bigquery']}, DuckDB {verdict}")
PYTHON
venv/bin/python orders.py | tee seen

diff seen - <<'EXPECTED'
window, qualify: duckdb 0, bigquery 1, DuckDB takes it
qualify, window: duckdb 0, bigquery 0, DuckDB does not
EXPECTED
