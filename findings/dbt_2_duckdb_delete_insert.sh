#!/usr/bin/env bash
# dbt 2.0.0rc196 (the `dbt` package) loses rows where dbt-core 1.11.16 with dbt-duckdb 1.11.1 keeps them.
#
# The strategy `delete+insert` of an incremental model deletes the rows with the keys of the new ones and inserts these. In
# dbt-core the two are one transaction: when the insert fails, the deletion is taken back. dbt 2 begins no transaction on
# DuckDB, so that each statement is final: when the insert fails, as below for a null in a column that must not have any, the
# run is an error, and the rows are gone.
#
# Seen on Linux with Python 3.11, both on DuckDB 1.5.6:
#   dbt-core 1.11.16: first run 0, orders (1, 10); second run 1, orders (1, 10)
#   dbt 2.0.0rc196: first run 0, orders (1, 10); second run 1, orders none
#
# Needs python3, npm, a package index and npm's registry: DuckDB as a driver is in an npm package, where dbt 2 would download
# it by itself.
# Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_DISABLE_VERSION_CHECK=1 DBT_PROFILES_DIR=. PYTHONWARNINGS=ignore

mkdir models
cat > dbt_project.yml <<'YAML'
name: shop
version: 1.0.0
profile: shop
YAML
cat > profiles.yml <<'YAML'
shop:
  target: local
  outputs:
    local: {type: duckdb, path: shop.duckdb, threads: 1}
YAML
cat > models/orders.sql <<'SQL'
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='order_id', on_schema_change='append_new_columns'
) }}
select 1 as order_id, cast({{ 'null' if is_incremental() else '10' }} as integer) as amount
SQL
cat > models/orders.yml <<'YAML'
models:
  - name: orders
    config: {contract: {enforced: true}}
    columns:
      - {name: order_id, data_type: integer}
      - {name: amount, data_type: integer, constraints: [{type: not_null}]}
YAML

python3 -m venv core
core/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.6
python3 -m venv two
two/bin/python -m pip install --quiet --disable-pip-version-check dbt==2.0.0rc196
npm install --silent --no-save --prefix driver @duckdb/node-bindings-linux-x64@1.5.6-r.1 > npm.log
export ADBC_DRIVER_PATH="$folder/driver/node_modules/@duckdb/node-bindings-linux-x64"

declare -A names=([core]="dbt-core 1.11.16" [two]="dbt 2.0.0rc196")
orders() {
    core/bin/python -c "import duckdb; print(*duckdb.connect('shop.duckdb', read_only=True).execute('from orders').fetchall() or ['none'])"
}

for dbt in core two; do
    rm -rf shop.duckdb target logs
    first=0; "$dbt/bin/dbt" run > "$dbt-first.log" 2>&1 || first=$?
    after_first=$(orders)
    second=0; "$dbt/bin/dbt" run > "$dbt-second.log" 2>&1 || second=$?
    grep -q "NOT NULL constraint failed" "$dbt-second.log"
    echo "${names[$dbt]}: first run $first, orders $after_first; second run $second, orders $(orders)"
done | tee seen

diff seen - <<'EXPECTED'
dbt-core 1.11.16: first run 0, orders (1, 10); second run 1, orders (1, 10)
dbt 2.0.0rc196: first run 0, orders (1, 10); second run 1, orders none
EXPECTED
