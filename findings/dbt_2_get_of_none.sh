#!/usr/bin/env bash
# In dbt 2.0.0rc196 (the `dbt` package) `mapping.get(key, default)` gives the default for a key that is there with none; in
# dbt-core 1.11.16, as in Python, it gives none.
#
# A macro that is called with `column=none` to say "not by this column" then takes the default, and writes other SQL without
# an error.
#
# Seen on Linux with Python 3.11:
#   dbt-core 1.11.16: get none, [] none, in True
#   dbt 2.0.0rc196: get default, [] none, in True
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_DISABLE_VERSION_CHECK=1 DBT_PROFILES_DIR=. PYTHONWARNINGS=ignore

mkdir models macros
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
cat > macros/said_of.sql <<'SQL'
{% macro said_of() -%}
get {{ kwargs.get('shelf', 'default') | lower }}, [] {{ kwargs['shelf'] | lower }}, in {{ ('shelf' in kwargs) | string | capitalize }}
{%- endmacro %}
SQL
echo "select '{{ said_of(shelf=none) }}' as said" > models/spoons.sql

python3 -m venv core
core/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.6
python3 -m venv two
two/bin/python -m pip install --quiet --disable-pip-version-check dbt==2.0.0rc196

declare -A names=([core]="dbt-core 1.11.16" [two]="dbt 2.0.0rc196")
for dbt in core two; do
    rm -rf target logs
    "$dbt/bin/dbt" parse > log 2>&1
    "$dbt/bin/dbt" compile --select spoons > log 2>&1 || true
    said=$(grep -rhoE "get [a-z]+, \[\] [a-z]+, in [A-Za-z]+" target/compiled | head -1)
    echo "${names[$dbt]}: $said"
done | tee seen

diff seen - <<'EXPECTED'
dbt-core 1.11.16: get none, [] none, in True
dbt 2.0.0rc196: get default, [] none, in True
EXPECTED
