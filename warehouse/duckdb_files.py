"""How DuckDB files of the warehouse are made, whoever opens one first; profiles.yml says the same to dbt."""

# The newest format that every DuckDB since 1.5.0 reads. DuckDB 2.0 knows a newer one, which is neither smaller nor
# faster here, and shuts other programs out until they have DuckDB 2 too.
NEWEST_FORMAT = {"storage_compatibility_version": "v1.5.0"}
