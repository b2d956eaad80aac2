#!/usr/bin/env bash
# dbt-core 1.12.6 warns of each cumulative metric in every command that reads the project, so `--warn-error` fails on a layer that is valid.
#
# From 1.12 on, dbt-core also writes the semantic layer as OSI, an exchange format, which has no way to say a cumulative metric. What cannot be
# converted becomes a warning (MFConverterIssue) of `dbt parse`, `run`, `build` and the others, whether or not anybody reads that file. A project with
# `--warn-error` in CI fails on the day of the upgrade, without a mistake in its YAML: dbt-core 1.11.16 says nothing of the same files. What helps is to silence
# this one, --warn-error-options '{"error": "all", "silence": ["MFConverterIssue"]}', which dbt-core 1.11 refuses: it does not know the name. So no one setting fits both.
#
# Seen on Linux with Python 3.11, dbt-duckdb 1.11.1:
#   dbt-core 1.11.16: exit 0, warnings of OSI 0; silenced: exit 1
#   dbt-core 1.12.6: exit 2, warnings of OSI 1; silenced: exit 0
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_PROFILES_DIR=. PYTHONWARNINGS=ignore

mkdir models
cat > dbt_project.yml <<'YAML'
name: garden
version: 1.0.0
profile: garden
YAML
cat > profiles.yml <<'YAML'
garden:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: garden.duckdb, threads: 1}
YAML
echo "select 1 as harvest_id, 2.5 as kilograms, date '2025-06-01' as harvest_date" > models/harvests.sql
echo "select date '2025-06-01' as date_day" > models/days.sql
cat > models/harvests.yml <<'YAML'
models:
  - name: days
    time_spine: {standard_granularity_column: date_day}
    columns:
      - {name: date_day, granularity: day}
semantic_models:
  - name: harvests
    model: ref('harvests')
    defaults: {agg_time_dimension: harvest_date}
    entities:
      - {name: harvest, type: primary, expr: harvest_id}
    dimensions:
      - {name: harvest_date, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: kilograms, agg: sum}
metrics:
  - name: kilograms_so_far
    label: Kilograms so far
    type: cumulative
    type_params: {measure: kilograms}
YAML

for version in 1.11.16 1.12.6; do
    python3 -m venv "dbt-$version"
    pip=("dbt-$version/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${pip[@]}" --no-deps "dbt-core==$version" dbt-duckdb==1.11.1
    # All that it needs but an experimental parser that nothing here uses, and that is not on the package index.
    "dbt-$version/bin/python" -c "
from importlib.metadata import requires
print(*(one for one in requires('dbt-core') if 'parser' not in one and 'extra ==' not in one), sep='\n')" > needed.txt
    "${pip[@]}" -r needed.txt duckdb==1.5.6
    code=0 silenced=0
    "dbt-$version/bin/dbt" --warn-error parse --no-partial-parse > "$version.log" 2>&1 || code=$?
    "dbt-$version/bin/dbt" --warn-error-options '{"error": "all", "silence": ["MFConverterIssue"]}' parse --no-partial-parse > silenced.log 2>&1 || silenced=$?
    echo "dbt-core $version: exit $code, warnings of OSI $(grep -c 'OSI document' "$version.log" || true); silenced: exit $silenced"
done > seen
cat seen
diff seen - <<'TEXT' && echo "As described above."
dbt-core 1.11.16: exit 0, warnings of OSI 0; silenced: exit 1
dbt-core 1.12.6: exit 2, warnings of OSI 1; silenced: exit 0
TEXT
