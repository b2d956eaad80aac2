#!/usr/bin/env bash
# `dbt run --empty` of dbt-core 1.11.16 leaves views that show no rows to everybody, until somebody builds them again.
#
# The option is for a dry run: each `ref` becomes `(select * from … where false limit 0)`. For a view that text is what is
# stored. The tables it reads are as full as before, and an ordinary run that does not select the view reads nothing
# from it, without a warning.
#
# Below, a view reads a table of three rows, and a table counts the rows of the view. The first run builds all, the second
# builds the view with --empty, the third builds the counting table again.
#
# Seen on Linux with Python 3.11, dbt-duckdb 1.11.1 and DuckDB 1.5.5:
#   all models: orders 3, shown 3, counted 3
#   the view, with --empty: orders 3, shown 0, counted 3
#   the count, as usual: orders 3, shown 0, counted 0
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.5

mkdir models
cat > dbt_project.yml <<'YAML'
name: shop
profile: shop
flags: {send_anonymous_usage_stats: false}
YAML
cat > profiles.yml <<'YAML'
shop:
  target: here
  outputs:
    here: {type: duckdb, path: shop.duckdb}
YAML
echo "{{ config(materialized='table') }} select unnest([1, 2, 3]) as order_id" > models/orders.sql
echo "{{ config(materialized='view') }} select order_id from {{ ref('orders') }}" > models/shown.sql
echo "{{ config(materialized='table') }} select count(*) as order_count from {{ ref('shown') }}" > models/counted.sql

cat > rows.py <<'PYTHON'
import sys

import duckdb

with duckdb.connect("shop.duckdb", read_only=True) as connection:
    rows = connection.execute(
        "select (select count(*) from orders), (select count(*) from shown), (select order_count from counted)"
    ).fetchone()
print("{}: orders {}, shown {}, counted {}".format(sys.argv[1], *rows))
PYTHON

run() {
    environment/bin/dbt --quiet run --profiles-dir . "${@:2}" > /dev/null
    environment/bin/python rows.py "$1"
}

{
    run "all models"
    run "the view, with --empty" --empty --select shown
    run "the count, as usual" --select counted
} | tee seen

diff seen - <<'EXPECTED'
all models: orders 3, shown 3, counted 3
the view, with --empty: orders 3, shown 0, counted 3
the count, as usual: orders 3, shown 0, counted 0
EXPECTED
