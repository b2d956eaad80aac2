# Everything a person or a CI job runs. `make` alone lists the commands.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# Python compiles what it imports and keeps it; installing compiles nothing, and without this each process would compile anew.
unexport PYTHONDONTWRITEBYTECODE

# What may be given to each command, such as `make build RAW=landing`. Recipes are constant text: a value never comes near a shell. It goes to
# the programs as it was typed, in an environment variable of its own (WAREHOUSE_OPTION_RAW), and only if it was given to make.
OPTIONS_OF_build := TARGET RAW VARS FULL_REFRESH SELECTOR
OPTIONS_OF_unit-test := VARS
OPTIONS_OF_answers := TARGET
OPTIONS_OF_query := TARGET VARS SQL
OPTIONS_OF_metrics := QUERY
OPTIONS_OF_explain := TARGET VARS MODEL WHERE ALL
OPTIONS_OF_docs := RAW VARS
OPTIONS_OF_docs-serve := RAW VARS PORT
OPTIONS_OF_alerts := TARGET RAW VARS SEND FAULTS
OPTIONS_OF_report := TARGET RAW VARS
OPTIONS_OF_rebuild := TARGET RAW VARS MODEL SWAP BACK
OPTIONS_OF_backfill := TARGET RAW VARS FROM TO AGAIN
OPTIONS_OF_rebuild-late := TARGET RAW VARS
OPTIONS_OF_forget-file := VARS FILE
OPTIONS_OF_purge-raw := TARGET RAW VARS KEEP_FROM
OPTIONS_OF_extract := SOURCE LANDING SOURCES DRY_RUN FOLLOW SKIP_LOST
OPTIONS_OF_extract-status := SOURCE LANDING SOURCES
OPTIONS_OF_snapshot-tables := SOURCE LANDING SOURCES TABLES
OPTIONS_OF_drop-slot := SOURCE SOURCES
OPTIONS_OF_airflow := SOURCES LANDING TARGET PORT
OPTIONS_OF_practice := EXERCISE MODE FOLDER PLAIN
OPTIONS_OF_practice-report := FOLDER REPORT
OPTIONS_OF_practice-reset := EXERCISE FOLDER
OPTIONS_OF_prove-incremental := EXAMPLES CRASHES
OPTIONS_OF_prove-input := RECORDS
OPTIONS_OF_bench := SIZE REPEATS
OPTIONS_OF_bench-curves := SIZE REPEATS
OPTIONS_OF_bench-dbt := REPEATS JAFFLE_SHOP
OPTIONS := $(sort PYTHON $(foreach table,$(filter OPTIONS_OF_%,$(.VARIABLES)),$($(table))))
# Settings are environment variables, and may be given to make as well. So may the Python to install with.
OWN_SETTINGS := RAW_SCHEMA $(addprefix WAREHOUSE_,DUCKDB MEMORY_LIMIT COMMIT TRY_NUMBER DBT_PACKAGES) \
  $(addprefix WAREHOUSE_,PROJECT TARGET SOURCES LANDING STARTS_AT READY_BY RETRY_SECONDS KEEP_RAW_DAYS) \
  $(addprefix WAREHOUSE_ALERT_,FILE WEBHOOK EMAIL EMAIL_FROM SMTP SMTP_USER SMTP_PASSWORD MEMORY) \
  $(addprefix BIGQUERY_,PROJECT DATASET LOCATION MAXIMUM_BYTES_BILLED EMULATOR_ENDPOINT)
SETTINGS := $(OWN_SETTINGS) DBT_% UV_% PIP_%
export WAREHOUSE_SETTINGS := $(OWN_SETTINGS)
GIVEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
UNKNOWN := $(filter-out $(OPTIONS) $(SETTINGS),$(GIVEN))
ifneq ($(UNKNOWN),)
$(error $(firstword $(UNKNOWN)) is no option of any command, and no setting; make alone lists the options)
endif
COMMANDS := $(or $(MAKECMDGOALS),help)
TAKEN := $(foreach command,$(COMMANDS),$(OPTIONS_OF_$(command)))
NOT_TAKEN := $(filter-out PYTHON $(TAKEN) $(SETTINGS),$(GIVEN))
ifneq ($(NOT_TAKEN),)
$(error $(firstword $(NOT_TAKEN)) is no option of make $(COMMANDS), which has $(or $(sort $(TAKEN)),none))
endif

define pass_option
unexport $(1)
export WAREHOUSE_OPTION_$(1) := $$(value $(1))
endef
define pass_setting
override $(1) := $$(value $(1))
export $(1)
endef
unexport $(OPTIONS:%=WAREHOUSE_OPTION_%)
$(foreach name,$(filter $(OPTIONS),$(GIVEN)),$(eval $(call pass_option,$(name))))
$(foreach name,$(filter $(SETTINGS),$(GIVEN)),$(eval $(call pass_setting,$(name))))

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-22s%s\n", $$1, $$2 }' Makefile

##@ Build and ask
.PHONY: build
build: .venv/build.txt ## Build and test what has arrived (TARGET=duckdb|bigquery|bigquery_emulator, RAW=folder, VARS='{name: value}', FULL_REFRESH=yes, SELECTOR=part)
	@.venv/bin/python -m warehouse build

.PHONY: unit-test
unit-test: .venv/build.txt ## Run the unit tests of the models (on the sample, after make build)
	@.venv/bin/python -m warehouse unit-test

.PHONY: answers
answers: .venv/build.txt ## Print the four answers about web sessions
	@.venv/bin/python -m warehouse answers

.PHONY: query
query: .venv/build.txt ## Print the rows of SQL="select * from marts.fct_orders" (TARGET=…)
	@.venv/bin/python -m warehouse query

.PHONY: metrics
metrics: .venv-metrics/metrics.txt ## List the metrics, or answer QUERY="--metrics total_revenue --group-by metric_time,country"
	@.venv-metrics/bin/python -m warehouse metrics

.PHONY: explain
explain: .venv/build.txt ## Follow rows of MODEL=… WHERE="…" back to their raw records, with file and position (ALL=yes shows all)
	@.venv/bin/python -m warehouse explain

.PHONY: docs
docs: .venv/bench.txt ## Write the dbt docs as one page, and lineage by column beside it
	@.venv/bin/python -m warehouse docs

.PHONY: docs-serve
docs-serve: .venv/bench.txt ## Serve the dbt docs on 127.0.0.1 (PORT=8080)
	@.venv/bin/python -m warehouse docs-serve

##@ Watch
.PHONY: alerts
alerts: .venv/build.txt ## Say what is wrong, one alert a root cause, what would be sent and why not (SEND=yes sends it: docs/alerts.md)
	@.venv/bin/python -m warehouse alerts

.PHONY: report
report: .venv/bench.txt ## Write a page about runs, freshness, quality, objectives, rejections, volumes, alerts and marts, target/report.html
	@.venv/bin/python -m warehouse report

##@ Correct
.PHONY: rebuild
rebuild: .venv/build.txt ## Build MODEL=… aside and compare it (SWAP=yes swaps it in, BACK=yes swaps back)
	@.venv/bin/python -m warehouse rebuild

.PHONY: backfill
backfill: .venv/build.txt ## Build the days FROM=2025-01-03 TO=2025-01-09 again, each on its own
	@.venv/bin/python -m warehouse backfill

.PHONY: rebuild-late
rebuild-late: .venv/build.txt ## Build the dates again for which scans of shipments came too late
	@.venv/bin/python -m warehouse rebuild-late

.PHONY: forget-file
forget-file: .venv/build.txt ## Say that the raw file FILE=orders/a.csv was changed or removed on purpose: the next build leaves out what was read of it
	@.venv/bin/python -m warehouse forget-file

.PHONY: purge-raw
purge-raw: .venv/build.txt ## Delete raw records that arrived before KEEP_FROM=2025-02-01 from RAW_SCHEMA=… (staging keeps them)
	@.venv/bin/python -m warehouse purge-raw

##@ Extract
.PHONY: extract
extract: .venv-ingestion/ingestion.txt ## Bring what is new in the sources into the folder landing (SOURCE=… of ingestion/sources.yml, DRY_RUN=yes, FOLLOW=yes, SKIP_LOST=yes)
	@.venv-ingestion/bin/python -m ingestion extract

.PHONY: extract-status
extract-status: .venv-ingestion/ingestion.txt ## Say how far each source has been read, and what is waiting (SOURCE=…)
	@.venv-ingestion/bin/python -m ingestion status

.PHONY: snapshot-tables
snapshot-tables: .venv-ingestion/ingestion.txt ## Have all rows of TABLES=public.shipments sent again by the change data of SOURCE=…
	@.venv-ingestion/bin/python -m ingestion snapshot

.PHONY: drop-slot
drop-slot: .venv-ingestion/ingestion.txt ## Drop the replication slot of SOURCE=…, which keeps the log of the database until it is read
	@.venv-ingestion/bin/python -m ingestion drop-slot

.PHONY: demo
demo: .venv/build.txt .venv-ingestion/services.txt ## Start a database, a broker and an API here, extract from them and from files, build, change them, and do it again
	@.venv-ingestion/bin/python -m ingestion.demo

##@ Schedule
.PHONY: airflow
airflow: .venv-airflow/airflow.txt .venv-ingestion/ingestion.txt .venv/bench.txt ## Start an Airflow on 127.0.0.1 that extracts and builds each day (SOURCES=… of yours, else the sample; TARGET=…, LANDING=…, PORT=8080)
	@.venv-airflow/bin/python -m orchestration.local

##@ Learn
.PHONY: practice
practice: .venv-practice/practice.txt ## Learn the pipelines by writing them (EXERCISE=…, MODE=guided|timed|interview|reference, FOLDER=practice_work, PLAIN=yes: lines, no screens)
	@.venv-practice/bin/python -m practice start

.PHONY: practice-report
practice-report: .venv-practice/practice.txt ## Write a page about your times and mistakes, target/practice.html (FOLDER=…, REPORT=another file)
	@.venv-practice/bin/python -m practice report

.PHONY: practice-reset
practice-reset: .venv-practice/practice.txt ## Begin anew: forget your progress and move your files aside (EXERCISE=… for one exercise, FOLDER=…)
	@.venv-practice/bin/python -m practice reset

##@ Test
.PHONY: test
test: .venv/bench.txt .venv/test.txt .venv-emulator/emulator.txt .venv-metrics/metrics.txt ## Run every check that needs no credentials, BigQuery emulator included
	@.venv/bin/python -m pytest -n auto

.PHONY: test-ingestion
test-ingestion: .venv-ingestion/services.txt ## Test extraction: real PostgreSQL, Debezium, broker and API, with kills
	@.venv-ingestion/bin/python -m pytest tests/ingestion -n 2

.PHONY: test-practice
test-practice: .venv-practice/practice.txt ## Play every exercise: its answer, nothing at all, and each typical wrong answer
	@.venv-practice/bin/python -m pytest tests/practice -n 2

.PHONY: test-airflow
test-airflow: .venv-airflow/airflow.txt .venv-ingestion/ingestion.txt .venv/bench.txt ## Test that Airflow takes the DAGs, their settings, time-outs and tries
	@.venv-airflow/bin/python -m pytest tests/airflow --ignore tests/airflow/test_runs.py

.PHONY: test-versions
test-versions: .venv/test.txt ## Build the sample with every pair of dbt and DuckDB that is supported, and with dbt 2; compare all tables
	@.venv/bin/python -m pytest tests/python/versions/each_pair.py --timeout 0 -q

.PHONY: check-bigquery-sql
check-bigquery-sql: .venv/test.txt ## Have Google's analyzer check every statement for BigQuery; no server
	@.venv/bin/python -m warehouse check-bigquery-sql

.PHONY: lint
lint: .venv/test.txt ## Run sqlfluff on models, analyses, tests and snapshots, and ruff on Python
	@.venv/bin/python tests/python/templates.py lint models analyses tests snapshots --dialect duckdb
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

.PHONY: prove-incremental
prove-incremental: .venv/test.txt .venv-emulator/emulator.txt ## Random histories, streams, killed builds and purges against full builds, and days of alerts, at length (EXAMPLES=200, CRASHES=36)
	@EXAMPLES="$${WAREHOUSE_OPTION_EXAMPLES:-200}" CRASHES="$${WAREHOUSE_OPTION_CRASHES:-36}" .venv/bin/python -m pytest tests/python/replay tests/python/streams tests/python/test_crash.py tests/python/test_purge.py tests/python/test_alerts.py --timeout 0 -s

.PHONY: prove-input
prove-input: .venv/test.txt .venv-emulator/emulator.txt ## Read odd texts and build raw files in which much is odd, of every source and format (RECORDS=1000000)
	@RECORDS="$${WAREHOUSE_OPTION_RECORDS:-1000000}" TEXTS=200000 .venv/bin/python -m pytest tests/python/test_values.py tests/python/test_odd_input.py --timeout 0 -s

.PHONY: prove-extraction
prove-extraction: .venv-ingestion/services.txt ## Kill each extraction at every file operation and network read of a small load, and at 50 of a large one
	@KILLS=all .venv-ingestion/bin/python -m pytest tests/ingestion --timeout 0 -s

.PHONY: prove-airflow
prove-airflow: .venv-airflow/airflow.txt .venv-ingestion/ingestion.txt .venv/bench.txt ## Run the DAGs in a real Airflow: faults that pass and that last, kills, deadline, backfill
	@.venv-airflow/bin/python -m pytest tests/airflow

##@ Measure
.PHONY: bench
bench: .venv-polars/polars.txt .venv-pyspark/pyspark.txt .venv/bench.txt ## Compare the warehouse with other tools on the same data (SIZE=10000000 raw records, REPEATS=3)
	@.venv/bin/python -m benchmarks comparison

.PHONY: bench-curves
bench-curves: .venv/bench.txt ## Measure the warehouse at 1, 10 and 100 million web events, with a hot key, with late records, with streams of JSON
	@.venv/bin/python -m benchmarks scale
	@.venv/bin/python -m benchmarks hot-key
	@.venv/bin/python -m benchmarks lateness
	@.venv/bin/python -m benchmarks streams

.PHONY: bench-dbt
bench-dbt: .venv/bench.txt ## Measure what dbt itself takes, beside dbt-labs/jaffle-shop (JAFFLE_SHOP=a clone of it) and a project that does nothing
	@.venv/bin/python -m benchmarks dbt

##@ Look after the project
.PHONY: seeds
seeds: .venv/build.txt ## Write the committed sample again (seeds/raw)
	@.venv/bin/python -m datagen seeds

.PHONY: deps
deps: .venv/build.txt ## Ask the dbt hub for packages again
	@.venv/bin/python -m warehouse deps

.PHONY: test-environment
test-environment: .venv/bench.txt .venv/test.txt .venv-emulator/emulator.txt .venv-metrics/metrics.txt ## Install what the tests, the BigQuery emulator and `make metrics` need

.PHONY: lock
lock: .venv/uv.txt ## Resolve requirements/*.in into hashed lock files
	@"$$INSTALLING_PYTHON" requirements/lock.py

.PHONY: clean
clean: ## Remove everything that was built, the warehouse included
	rm -rf .airflow target logs dbt_packages package-lock.yml warehouse.duckdb warehouse.duckdb.wal warehouse.alerts.jsonl warehouse.alerts.lock warehouse.customer_summary.parquet tmp_warehouse.customer_summary.parquet

# Each stamp is a copy of a lock file in the environment that it was installed into, so that a changed lock is installed again, and one
# of which Python is gone. A Python that is named on the command line has to be the environment's.
STAMPS := $(addprefix .venv/,build.txt bench.txt test.txt uv.txt) .venv-emulator/emulator.txt .venv-metrics/metrics.txt .venv-ingestion/ingestion.txt .venv-ingestion/services.txt .venv-airflow/airflow.txt .venv-practice/practice.txt .venv-polars/polars.txt .venv-pyspark/pyspark.txt
NAMED_PYTHON := $(filter PYTHON,$(GIVEN))
.SECONDEXPANSION:
.venv/bench.txt .venv/test.txt: .venv/build.txt
.venv-ingestion/services.txt: .venv-ingestion/ingestion.txt
lock $(STAMPS): export INSTALLING_PYTHON = $(if $(NAMED_PYTHON),$(value PYTHON),python3)
$(STAMPS): export INSTALLING_OPTION = $(if $(NAMED_PYTHON),--with-this-python)
$(STAMPS): requirements/$$(@F) $$(@D)/bin/python $(if $(NAMED_PYTHON),always)
	@command -v "$$INSTALLING_PYTHON" >/dev/null \
	|| { echo "There is no Python of the name $$INSTALLING_PYTHON; name one, such as: make build PYTHON=python3.11" >&2; exit 1; }
	@"$$INSTALLING_PYTHON" requirements/install.py $@ $$INSTALLING_OPTION
$(sort $(addsuffix bin/python,$(dir $(STAMPS)))): ;
.PHONY: always
always:
