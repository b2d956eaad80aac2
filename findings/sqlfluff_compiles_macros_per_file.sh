#!/usr/bin/env bash
# sqlfluff 4.4.0 compiles all of `load_macros_from_path` twice for each file that it lints, not once for each run.
#
# Macros do not depend on the file that is linted, and jinja can keep what it has compiled. With some sixty macros it is
# half of the time that a hundred models take.
#
# Below, a folder has 10 macros, and jinja's `Environment.compile` is counted while 1, 2 and 20 models are linted.
#
# Seen on Linux with Python 3.11:
#   1 models: 10 macros compiled 20 times
#   2 models: 10 macros compiled 40 times
#   20 models: 10 macros compiled 400 times
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check sqlfluff==4.4.0

mkdir macros models
for number in $(seq 10); do
    echo "{% macro twice_$number(x) %}$number * 2 * {{ x }}{% endmacro %}" > "macros/twice_$number.sql"
done
cat > .sqlfluff <<'CONFIG'
[sqlfluff]
dialect = duckdb
templater = jinja
[sqlfluff:templater:jinja]
load_macros_from_path = macros
CONFIG

cat > count.py <<'PYTHON'
import sys

import jinja2
from sqlfluff.core import FluffConfig, Linter

compiled = jinja2.Environment.compile
count = 0


def counted(environment, source, *others, **more):
    global count
    count += "macro twice_" in str(source)
    return compiled(environment, source, *others, **more)


jinja2.Environment.compile = counted
result = Linter(config=FluffConfig.from_root()).lint_paths(("models",))
assert not result.get_violations(), result.get_violations()
print(f"{sys.argv[1]} models: 10 macros compiled {count} times")
PYTHON

for models in 1 2 20; do
    for number in $(seq "$models"); do
        echo "select {{ twice_1('price') }} as price_$number from orders" > "models/model_$number.sql"
    done
    environment/bin/python count.py "$models"
done | tee seen

diff seen - <<'EXPECTED'
1 models: 10 macros compiled 20 times
2 models: 10 macros compiled 40 times
20 models: 10 macros compiled 400 times
EXPECTED
