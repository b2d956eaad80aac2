#!/usr/bin/env bash
# dbt-duckdb 1.11.1 makes every schema of a project again in every run, since it never finds the schemas that are there.
#
# Before its first node dbt-core asks the adapter which schemas a database has, and makes those that are missing. It asks with the
# database's quoted name (`"shop"`), and the adapter compares that, with its quotes, to the names in the catalog. No database is
# called like that, so the list is always empty. `create schema if not exists` then hides it: what is lost are a transaction and
# two statements a schema in each run, which is little in a local file and a journey each to a database elsewhere.
#
# Below, a project with two schemas is run twice, and a third time with a macro of its own that takes the quotes away before it
# calls the adapter's. The log of statements says how many schemas each run has found and made.
#
# Seen on Linux with Python 3.11, dbt-core 1.11.16, dbt-duckdb 1.11.1 and DuckDB 1.5.5:
#   first run: made 2
#   second run: made 2
#   third run, asked without quotes: made 0
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.5

mkdir models macros
cat > dbt_project.yml <<'YAML'
name: shop
profile: shop
flags: {send_anonymous_usage_stats: false}
dispatch: [{macro_namespace: dbt, search_order: [shop, dbt]}]
YAML
cat > profiles.yml <<'YAML'
shop:
  target: here
  outputs:
    here: {type: duckdb, path: shop.duckdb, schema: main}
YAML
echo "{{ config(schema='bought') }} select 1 as order_id" > models/orders.sql
echo "{{ config(schema='sold') }} select 1 as invoice_id" > models/invoices.sql

run() {
    rm -rf logs
    environment/bin/dbt --quiet run --profiles-dir . > /dev/null
    echo "$1: made $(grep --count --ignore-case 'create schema if not exists' logs/dbt.log || true)"
}

{
    run "first run"
    run "second run"
    cat > macros/list_schemas.sql <<'SQL'
{% macro duckdb__list_schemas(database) %}
    {{ return(dbt.duckdb__list_schemas(database | replace('"', ''))) }}
{% endmacro %}
SQL
    run "third run, asked without quotes"
} | tee seen

diff seen - <<'EXPECTED'
first run: made 2
second run: made 2
third run, asked without quotes: made 0
EXPECTED
