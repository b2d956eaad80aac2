#!/usr/bin/env bash
# dbt-core 1.11.16 reads `order_by` of a saved query, and calls it a custom key that is deprecated - on BigQuery, not on DuckDB.
#
# A saved query may say what its rows are ordered by. dbt-core parses `query_params.order_by` into the manifest on either adapter. Where the adapter is
# one of those for which YAML is checked against dbt's JSON schemas (BigQuery is, DuckDB is not), the same line brings a
# CustomKeyInObjectDeprecation, "may mean the key is a typo", since the schema has metrics, group_by and where only. So a project that is clean on a
# laptop fails in CI against the warehouse, where deprecations are errors.
#
# Seen on Linux with Python 3.11, dbt-core 1.11.16, dbt-duckdb 1.11.1, dbt-bigquery 1.11.1:
#   duckdb: exit 0, order_by in the manifest ["Dimension('sale__region')"], deprecations 0
#   bigquery: exit 0, order_by in the manifest ["Dimension('sale__region')"], deprecations 1
#
# Needs python3 and a package index; parsing connects to nothing. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_PROFILES_DIR=. PYTHONWARNINGS=ignore

mkdir models
cat > dbt_project.yml <<'YAML'
name: shop
version: 1.0.0
profile: shop
YAML
cat > profiles.yml <<'YAML'
shop:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: shop.duckdb, threads: 1}
    bigquery: {type: bigquery, method: oauth, project: none, dataset: shop, threads: 1}
YAML
echo "select 1 as sale_id, 'north' as region, date '2025-01-01' as sale_date" > models/sales.sql
echo "select date '2025-01-01' as date_day" > models/days.sql
cat > models/sales.yml <<'YAML'
models:
  - name: days
    time_spine: {standard_granularity_column: date_day}
    columns:
      - {name: date_day, granularity: day}
semantic_models:
  - name: sales
    model: ref('sales')
    defaults: {agg_time_dimension: sale_date}
    entities:
      - {name: sale, type: primary, expr: sale_id}
    dimensions:
      - {name: region, type: categorical}
      - {name: sale_date, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: sale_count, agg: count, expr: sale_id}
metrics:
  - {name: sale_count, label: Sales, type: simple, type_params: {measure: sale_count}}
saved_queries:
  - name: sales_by_region
    query_params:
      metrics: [sale_count]
      group_by: ["Dimension('sale__region')"]
      order_by: ["Dimension('sale__region')"]
YAML

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.6 dbt-bigquery==1.11.1

for target in duckdb bigquery; do
    code=0
    environment/bin/dbt parse --target "$target" --no-partial-parse --show-all-deprecations > "$target.log" 2>&1 || code=$?
    order=$(environment/bin/python -c "
import json
[query] = json.load(open('target/semantic_manifest.json'))['saved_queries']
print(json.dumps(query['query_params']['order_by']))")
    echo "$target: exit $code, order_by in the manifest $order, deprecations $(grep -c 'Custom key `order_by`' "$target.log" || true)"
done > seen
cat seen
diff seen - <<'TEXT' && echo "As described above."
duckdb: exit 0, order_by in the manifest ["Dimension('sale__region')"], deprecations 0
bigquery: exit 0, order_by in the manifest ["Dimension('sale__region')"], deprecations 1
TEXT
