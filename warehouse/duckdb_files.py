"""How DuckDB files of the warehouse are made, whoever opens one first; profiles.yml says the same to dbt."""

# The newest format of DuckDB: its compression of text is a third faster to write than that of the format before, which
# DuckDB would choose so that older versions of it can read the file.
NEWEST_FORMAT = {"storage_compatibility_version": "latest"}
