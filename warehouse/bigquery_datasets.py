"""Drops the BigQuery data sets that were built for a pull request."""

import re

from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from warehouse.errors import UsageError

# What BIGQUERY_DATASET=pr_<number> puts in front of every schema. Nothing else may ever be dropped: `snapshots_`, for
# one, would match data that cannot be built again.
PREFIX = re.compile(r"pr_[1-9][0-9]*_")


def drop_datasets(project: str, prefix: str, client: bigquery.Client | None = None) -> list[str]:
    """Drop the data sets of `project` whose names begin with `prefix`, and what is in them; return the names, sorted.

    The prefix is `pr_<number>_`. Raises UsageError, before anything is dropped, when the project is empty or the prefix
    is another one, and when BigQuery refuses. `client` is there for tests; by default the caller's own login is used.
    """
    if not project:
        raise UsageError("Set the environment variable BIGQUERY_PROJECT to the project that holds the data sets.")
    if not PREFIX.fullmatch(prefix):
        raise UsageError(f"The prefix '{prefix}' is not that of a pull request: give pr_<number>_, for example pr_12_.")
    try:
        client = client or bigquery.Client(project=project)
        names = sorted(item.dataset_id for item in client.list_datasets(project) if item.dataset_id.startswith(prefix))
        for name in names:
            client.delete_dataset(f"{project}.{name}", delete_contents=True, not_found_ok=True)
    except (GoogleAPIError, GoogleAuthError) as error:
        raise UsageError(f"BigQuery did not drop the data sets {prefix}*: {str(error).splitlines()[0]}") from error
    return names
