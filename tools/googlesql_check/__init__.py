"""Checks, without BigQuery, that Google's own SQL analyzer accepts every statement dbt would send to BigQuery.

The real dbt with the real dbt-bigquery adapter runs in this process; only the BigQuery client that the adapter opens
is replaced. Its engine is GoogleSQL (package `zetasql`, a WebAssembly build of the analyzer inside BigQuery): each
statement is parsed and type-checked against the schemas that earlier statements created. No data, server or network.
"""
