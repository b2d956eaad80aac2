#!/usr/bin/env bash
# DuckDB 2.0.1 (Python package) answers a query with other rows than DuckDB 1.5.6, without an error.
#
# In a joined subquery, a name in QUALIFY that is an alias of the same SELECT is taken for a column of a table that was
# joined before, if that table has a column of this name. Alone, or as a CTE, the same subquery takes its own alias; so do
# WHERE, HAVING and GROUP BY in the joined one. An alias that is the name of a column elsewhere in the query is common.
#
# Below, `newest` keeps the newest price of each day: three rows. Joined to a table that has a column `day` too, DuckDB
# 2.0.1 partitions by that one instead, which is the same for all rows of `prices`, and keeps one row.
#
# Seen on Linux with Python 3.11:
#   DuckDB 1.5.6: alone 3, joined 3, as a CTE 3
#   DuckDB 2.0.1: alone 3, joined 1, as a CTE 3
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > rows.py <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("create table prices as select * from (values (10, 1.0), (20, 2.0), (25, 3.0)) as made (priced_on, price)")
connection.execute("create table calendar as select 10 as day")
newest = """
    select priced_on as day, price
    from prices
    qualify row_number() over (partition by day order by price desc) = 1
"""
queries = {
    "alone": f"select * from ({newest}) as newest",
    "joined": f"select newest.* from calendar join ({newest}) as newest on true",
    "as a CTE": f"with newest as ({newest}) select newest.* from calendar join newest on true",
}
counts = [f"{how} {len(connection.execute(query).fetchall())}" for how, query in queries.items()]
print(f"DuckDB {duckdb.__version__}: {', '.join(counts)}")
PYTHON

for version in 1.5.6 2.0.1; do
    python3 -m venv "duckdb-$version"
    "duckdb-$version/bin/python" -m pip install --quiet --disable-pip-version-check "duckdb==$version"
    "duckdb-$version/bin/python" rows.py
done | tee seen

diff seen - <<'EXPECTED'
DuckDB 1.5.6: alone 3, joined 3, as a CTE 3
DuckDB 2.0.1: alone 3, joined 1, as a CTE 3
EXPECTED
