"""Only the data sets of the pull request are dropped, whatever else is there."""

from types import SimpleNamespace

import pytest
from google.api_core.exceptions import Forbidden

from warehouse.bigquery_datasets import drop_datasets
from warehouse.errors import UsageError


class FakeClient:
    """Lists and drops data sets as the BigQuery client does."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def list_datasets(self, project: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(dataset_id=name) for name in self.names if project == "shop"]

    def delete_dataset(self, dataset: str, delete_contents: bool, not_found_ok: bool) -> None:
        project, name = dataset.split(".")
        assert (project, delete_contents, not_found_ok) == ("shop", True, True)
        self.names.remove(name)


def test_only_data_sets_with_the_prefix_are_dropped():
    others = [
        "main_raw_sample",
        "marts",
        "pr_1",
        "pr_1_raw_sample",
        "pr_122_raw_sample",
        "pr_123_raw_sample",
        "snapshots",
        "xpr_12_raw_sample",
    ]
    client = FakeClient("pr_12_staging", *others, "pr_12_raw_sample")
    assert drop_datasets("shop", "pr_12_", client) == ["pr_12_raw_sample", "pr_12_staging"]
    assert client.names == others
    assert drop_datasets("shop", "pr_12_", client) == []


@pytest.mark.parametrize(
    "prefix", ["", "_", "p", "pr_", "pr_12", "pr__", "pr_0_", "pr_x_", "pr_12_raw_sample", "main_", "raw", "pr_1_\n"]
)
def test_any_other_prefix_is_refused(prefix):
    client = FakeClient("pr_12_raw_sample", "main_raw_sample", "raw")
    with pytest.raises(UsageError, match="give pr_<number>_"):
        drop_datasets("shop", prefix, client)
    assert client.names == ["pr_12_raw_sample", "main_raw_sample", "raw"]


def test_no_project_and_a_refusal_get_one_sentence():
    with pytest.raises(UsageError, match="BIGQUERY_PROJECT"):
        drop_datasets("", "pr_12_", FakeClient("pr_12_raw_sample"))
    refusing = SimpleNamespace(list_datasets=lambda project: (_ for _ in ()).throw(Forbidden("no access to shop")))
    with pytest.raises(UsageError, match="no access to shop"):
        drop_datasets("shop", "pr_12_", refusing)
