#!/usr/bin/env bash
# DuckDB 1.5.6 and 2.0.1 (Python package) work out the operand of `case x when a … when b …` anew for each WHEN, and the
# first argument of `nullif` twice. Where that is random or the next number of a sequence, the rows are wrong without an error:
#
# - `case coin() when 0 … when 1 … else 'neither'`, with a coin that is 0 or 1, is 'neither' for a quarter of all rows;
# - `nullif(coin(), 0)` is 0 for a quarter, which is what it must never be;
# - a sequence goes on by as many numbers as there are WHENs before the one that fits.
#
# SQL says that the operand is evaluated once. Made-up data, samples and labels are drawn like this. Written as a column
# of a subquery, the operand is worked out once, and everything is right. An operand without chance gives right rows, but
# is planned once for each WHEN: a long one makes long plans.
#
# Seen on Linux with Python 3.11, both versions alike:
#   neither: a quarter; nullif gives 0: a quarter; sequence: 3 numbers for one row; from a subquery: none, none, 1 number
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > coin.py <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("create table tosses as select range as toss from range(100_000)")
COIN = "cast(floor(random() * 2) as integer)"
CASE = "case {} when 0 then 'zero' when 1 then 'one' else 'neither' end"


def share(query: str) -> str:
    """How many of 100,000 tosses a query counts, in words."""
    (count,) = connection.execute(query).fetchone()
    return "none" if count == 0 else "a quarter" if 24_000 < count < 26_000 else f"{count}"


def numbers(query: str) -> int:
    """How many numbers of a new sequence a query of one row takes."""
    connection.execute("create or replace sequence numbers")
    connection.execute(query).fetchall()
    (next_number,) = connection.execute("select nextval('numbers')").fetchone()
    return next_number - 1


WHENS = "case {} when 7 then 'a' when 8 then 'b' when 9 then 'c' end"
DRAWN = f"(select {COIN} as coin from tosses)"
sides = f"select {CASE.format(COIN)} as side from tosses"
sides_of_column = f"select {CASE.format('coin')} as side from {DRAWN}"
print(
    "neither:",
    share(f"select count(*) from ({sides}) where side = 'neither'") + "; nullif gives 0:",
    share(f"select count(*) from (select nullif({COIN}, 0) as side from tosses) where side = 0") + "; sequence:",
    f"{numbers('select ' + WHENS.format('nextval($$numbers$$)'))} numbers for one row; from a subquery:",
    share(f"select count(*) from ({sides_of_column}) where side = 'neither'") + ",",
    share(f"select count(*) from (select nullif(coin, 0) as side from {DRAWN}) where side = 0") + ",",
    f"{numbers('select ' + WHENS.format('number') + ' from (select nextval($$numbers$$) as number)')} number",
)
PYTHON

for version in 1.5.6 2.0.1; do
    python3 -m venv "duckdb-$version"
    "duckdb-$version/bin/python" -m pip install --quiet --disable-pip-version-check "duckdb==$version"
    "duckdb-$version/bin/python" coin.py
done | tee seen

diff seen - <<'EXPECTED'
neither: a quarter; nullif gives 0: a quarter; sequence: 3 numbers for one row; from a subquery: none, none, 1 number
neither: a quarter; nullif gives 0: a quarter; sequence: 3 numbers for one row; from a subquery: none, none, 1 number
EXPECTED
