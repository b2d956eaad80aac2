# Everything a person or a CI job runs. `make` alone lists the commands.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
TARGET ?= duckdb
RAW ?=
FULL_REFRESH ?=
MODEL ?=
SWAP ?=
BACK ?=
FROM ?=
TO ?=
AGAIN ?=
KEEP_FROM ?=
EXAMPLES ?= 200
CRASHES ?= 36
PORT ?= 8080
SIZE ?= 10000000
REPEATS ?= 3
JAFFLE_SHOP ?=
export DBT_PROFILES_DIR := profiles
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# Python compiles what it imports and keeps it; installing compiles nothing, and without this each process would compile anew.
unexport PYTHONDONTWRITEBYTECODE
WAREHOUSE := .venv/bin/python -m warehouse
BENCHMARKS := .venv/bin/python -m benchmarks

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

.PHONY: build
build: .venv/build.txt ## Build and test what has arrived (TARGET=duckdb|bigquery|bigquery_emulator, RAW=folder, FULL_REFRESH=yes)
	@$(WAREHOUSE) build --target "$(TARGET)" --raw "$(RAW)" --full-refresh "$(FULL_REFRESH)"

.PHONY: answers
answers: .venv/build.txt ## Print the four answers about web sessions
	@$(WAREHOUSE) answers --target "$(TARGET)" --raw "$(RAW)"

.PHONY: rebuild
rebuild: .venv/build.txt ## Build MODEL=… aside and compare it (SWAP=yes swaps it in, BACK=yes swaps back)
	@$(WAREHOUSE) rebuild --target "$(TARGET)" --raw "$(RAW)" --model "$(MODEL)" --swap "$(SWAP)" --back "$(BACK)"

.PHONY: backfill
backfill: .venv/build.txt ## Build the days FROM=2025-01-03 TO=2025-01-09 again, each on its own
	@$(WAREHOUSE) backfill --target "$(TARGET)" --raw "$(RAW)" --from "$(FROM)" --to "$(TO)" --again "$(AGAIN)"

.PHONY: rebuild-late
rebuild-late: .venv/build.txt ## Build the dates again for which scans of shipments came too late
	@$(WAREHOUSE) rebuild-late --target "$(TARGET)" --raw "$(RAW)"

.PHONY: purge-raw
purge-raw: .venv/build.txt ## Delete raw records that arrived before KEEP_FROM=2025-02-01 from RAW_SCHEMA=… (staging keeps them)
	@$(WAREHOUSE) purge-raw --target "$(TARGET)" --raw "$(RAW)" --keep-from "$(KEEP_FROM)"

.PHONY: docs
docs: .venv/bench.txt ## Write the dbt docs with lineage as one file, target/static_index.html
	@$(WAREHOUSE) docs --raw "$(RAW)"

.PHONY: docs-serve
docs-serve: docs ## Serve the dbt docs on 127.0.0.1 (PORT=8080)
	@$(WAREHOUSE) docs-serve --raw "$(RAW)" --port "$(PORT)"

.PHONY: test
test: .venv/test.txt .venv-emulator/emulator.txt ## Run every check that needs no credentials, BigQuery emulator included
	@.venv/bin/python -m pytest -n logical --maxprocesses 4

.PHONY: test-versions
test-versions: .venv/test.txt ## Build the sample with every pair of dbt and DuckDB that is supported, and with dbt 2; compare all tables
	@.venv/bin/python -m pytest tests/python/versions/each_pair.py --timeout 0 -q

.PHONY: prove-incremental
prove-incremental: .venv/test.txt .venv-emulator/emulator.txt ## Random histories, killed builds and purges against full builds, at length (EXAMPLES=200, CRASHES=36)
	@EXAMPLES="$(EXAMPLES)" CRASHES="$(CRASHES)" .venv/bin/python -m pytest tests/python/replay tests/python/test_crash.py tests/python/test_purge.py --timeout 0 -s

.PHONY: check-bigquery-sql
check-bigquery-sql: .venv/test.txt ## Have Google's analyzer check every statement for BigQuery; no server
	@$(WAREHOUSE) check-bigquery-sql

.PHONY: bench
bench: .venv-polars/polars.txt .venv-pyspark/pyspark.txt .venv/bench.txt ## Compare the warehouse with other tools on the same data (SIZE=10000000 raw records, REPEATS=3)
	@$(BENCHMARKS) comparison --size "$(SIZE)" --repeats "$(REPEATS)"

.PHONY: bench-curves
bench-curves: .venv/bench.txt ## Measure the warehouse at 1, 10 and 100 million web events, with a hot key, with late records
	@$(BENCHMARKS) scale --repeats "$(REPEATS)"
	@$(BENCHMARKS) hot-key --size "$(SIZE)" --repeats "$(REPEATS)"
	@$(BENCHMARKS) lateness --size "$(SIZE)" --repeats "$(REPEATS)"

.PHONY: bench-dbt
bench-dbt: .venv/bench.txt ## Measure what dbt itself takes, beside dbt-labs/jaffle-shop (JAFFLE_SHOP=a clone of it)
	@$(BENCHMARKS) dbt --repeats "$(REPEATS)" --jaffle-shop "$(JAFFLE_SHOP)"

.PHONY: lint
lint: .venv/test.txt ## Run sqlfluff on models, tests and snapshots, and ruff on Python
	@.venv/bin/sqlfluff lint models tests snapshots --dialect duckdb
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

.PHONY: seeds
seeds: .venv/build.txt ## Write the committed sample again (seeds/raw)
	@.venv/bin/python -m datagen seeds

.PHONY: deps
deps: .venv/build.txt ## Ask the dbt hub for packages again
	@$(WAREHOUSE) deps

.PHONY: test-environment
test-environment: .venv/test.txt .venv-emulator/emulator.txt ## Install what the tests and the BigQuery emulator need

.PHONY: lock
lock: .venv/uv.txt ## Resolve requirements/*.in into hashed lock files
	@"$$INSTALLING_PYTHON" requirements/lock.py

.PHONY: clean
clean: ## Remove everything that was built, the warehouse included
	rm -rf target logs dbt_packages package-lock.yml warehouse.duckdb warehouse.duckdb.wal warehouse.customer_summary.parquet tmp_warehouse.customer_summary.parquet

# Each stamp is a copy of a lock file in the environment that it was installed into, so that a changed lock is installed again, and one
# of which Python is gone. A Python that is named on the command line has to be the environment's.
STAMPS := $(addprefix .venv/,build.txt bench.txt test.txt uv.txt) .venv-emulator/emulator.txt .venv-polars/polars.txt .venv-pyspark/pyspark.txt
NAMED_PYTHON := $(filter command environment,$(origin PYTHON))
.SECONDEXPANSION:
.venv/bench.txt .venv/test.txt: .venv/build.txt
lock $(STAMPS): export INSTALLING_PYTHON = $(PYTHON)
$(STAMPS): requirements/$$(@F) $$(@D)/bin/python $(if $(NAMED_PYTHON),always)
	@command -v "$$INSTALLING_PYTHON" >/dev/null \
	|| { echo "There is no Python of the name $$INSTALLING_PYTHON; name one, such as: make build PYTHON=python3.11" >&2; exit 1; }
	@"$$INSTALLING_PYTHON" requirements/install.py $@ $(if $(NAMED_PYTHON),--with-this-python)
$(sort $(addsuffix bin/python,$(dir $(STAMPS)))): ;
.PHONY: always
always:
