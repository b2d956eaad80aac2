#!/usr/bin/env bash
# DuckDB reads a Parquet decimal of more than 38 digits as a DOUBLE without a word: 1.5.6 with wrong values, 2.0.1 inexactly.
#
# DECIMAL(60, 10) is a valid Parquet type, which Arrow writes for its 256-bit decimals. DuckDB has no decimal that wide. It
# neither refuses the column nor warns, and money comes out as another amount.
#
# Seen on Linux with Python 3.11 and pyarrow 26.0.1; the file holds 2.25 and 12345678901234567.89:
#   1.5.6: [('DOUBLE', 633318697598976.0), ('DOUBLE', 3.474999681202237e+30)]
#   2.0.1: [('DOUBLE', 2.25), ('DOUBLE', 1.2345678901234568e+16)]
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pyarrow==26.0.1 2> pip.log
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

amounts = pa.array([Decimal("2.25"), Decimal("12345678901234567.89")], pa.decimal256(60, 10))
pq.write_table(pa.table({"amount": amounts}), "payments.parquet")
PYTHON

for version in 1.5.6 2.0.1; do
    venv/bin/python -m pip install --quiet --disable-pip-version-check "duckdb==$version" 2>> pip.log
    venv/bin/python -c "
import duckdb
print(duckdb.__version__, duckdb.sql(\"select typeof(amount), amount from 'payments.parquet'\").fetchall(), sep=': ')
"
done | tee seen

diff seen - <<'EXPECTED'
1.5.6: [('DOUBLE', 633318697598976.0), ('DOUBLE', 3.474999681202237e+30)]
2.0.1: [('DOUBLE', 2.25), ('DOUBLE', 1.2345678901234568e+16)]
EXPECTED
