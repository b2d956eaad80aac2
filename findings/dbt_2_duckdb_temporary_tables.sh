#!/usr/bin/env bash
# dbt 2.0.0rc196 (the `dbt` package) forgets a temporary table of DuckDB between two queries of one model, where dbt-core
# 1.11.16 with dbt-duckdb 1.11.1 keeps it until the model is done.
#
# A macro that puts its result into a temporary table with one `run_query` and reads it with the next is an error there:
# each query has a connection of its own. A table in a database that is attached in memory is seen by all of them.
#
# Seen on Linux with Python 3.11, both on DuckDB 1.5.6:
#   dbt-core 1.11.16, temporary: exit 0, answer 42
#   dbt-core 1.11.16, attached: exit 0, answer 42
#   dbt 2.0.0rc196, temporary: exit 1, Table with name worked_out does not exist
#   dbt 2.0.0rc196, attached: exit 0, answer 42
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
name: kitchen
version: 1.0.0
profile: kitchen
YAML
cat > profiles.yml <<'YAML'
kitchen:
  target: local
  outputs:
    local: {type: duckdb, path: kitchen.duckdb, threads: 1}
YAML
cat > models/temporary.sql <<'SQL'
{% if execute %}
{% do run_query('create or replace temporary table worked_out as select 42 as answer') %}
{% set found = run_query('select answer from worked_out').columns[0].values()[0] %}
{% endif %}
select {{ found }} as answer
SQL
cat > models/attached.sql <<'SQL'
{% if execute %}
{% do run_query("attach if not exists ':memory:' as shelf; create or replace table shelf.main.worked_out as select 42 as answer") %}
{% set found = run_query('select answer from shelf.main.worked_out').columns[0].values()[0] %}
{% endif %}
select {{ found }} as answer
SQL

python3 -m venv core
core/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.6
python3 -m venv two
two/bin/python -m pip install --quiet --disable-pip-version-check dbt==2.0.0rc196
npm install --silent --no-save --prefix driver @duckdb/node-bindings-linux-x64@1.5.6-r.1 > npm.log
export ADBC_DRIVER_PATH="$folder/driver/node_modules/@duckdb/node-bindings-linux-x64"

declare -A names=([core]="dbt-core 1.11.16" [two]="dbt 2.0.0rc196")
for dbt in core two; do
    for model in temporary attached; do
        rm -rf kitchen.duckdb target logs
        code=0; "$dbt/bin/dbt" run --select "$model" > log 2>&1 || code=$?
        if [ "$code" = 0 ]; then
            said="answer $(core/bin/python -c "import duckdb; print(duckdb.connect('kitchen.duckdb').execute('from $model').fetchone()[0])")"
        else
            said=$(grep -o "Table with name worked_out does not exist" log | head -1)
        fi
        echo "${names[$dbt]}, $model: exit $code, $said"
    done
done | tee seen

diff seen - <<'EXPECTED'
dbt-core 1.11.16, temporary: exit 0, answer 42
dbt-core 1.11.16, attached: exit 0, answer 42
dbt 2.0.0rc196, temporary: exit 1, Table with name worked_out does not exist
dbt 2.0.0rc196, attached: exit 0, answer 42
EXPECTED
