"""What people change in a project between two builds: variables, and models."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace

from dbt.artifacts.resources import FileHash
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

MODEL = "model.commerce_warehouse."


@dataclass(frozen=True)
class ModelChange:
    """Another text of a model.

    Attributes:
        model: its name.
        replaced: texts of the model, and what stands there instead.
        column: the name and the type of a column that this adds after another, which is named third.
        is_comment: whether the rows stay the same.
    """

    model: str
    replaced: tuple[tuple[str, str], ...]
    column: tuple[str, str, str] | None = None
    is_comment: bool = False

    def made(self, node: ModelNode) -> None:
        """Change the model as dbt has read it."""
        for old, new in self.replaced:
            assert old in node.raw_code, f"{self.model} does not say {old!r} any more"
            node.raw_code = node.raw_code.replace(old, new)
        node.checksum = FileHash.from_contents(node.raw_code)
        if self.column:
            name, data_type, after = self.column
            columns = {}
            for existing, column in node.columns.items():
                columns[existing] = column
                if existing == after:
                    columns[name] = replace(column, name=name, data_type=data_type, description="", constraints=[])
            node.columns = columns
            node.build_contract_checksum()


MODEL_CHANGES = {
    # Case 3: how a status is compared. `base_` rows that say "Completed" are counted only by the new rule.
    "lower status": ModelChange(
        "int_orders__orders_latest", (("order_status = 'completed'", "lower(order_status) = 'completed'"),)
    ),
    "pending counts as completed": ModelChange(
        "int_orders__orders_latest", (("order_status = 'completed'", "order_status in ('completed', 'pending')"),)
    ),
    "clients in capitals": ModelChange(
        "base_web__events",
        (("{{ text_or_null('client') }} as client", "upper({{ text_or_null('client') }}) as client"),),
    ),
    "two of a thing are completed": ModelChange(
        "stg_shop__orders",
        (("    order_status,", "    case when quantity = 2 then 'completed' else order_status end as order_status,"),),
    ),
    "one order more": ModelChange(
        "customer_summary", (("orders.total_orders as order_count", "orders.total_orders + 1 as order_count"),)
    ),
    "one event more": ModelChange(
        "fct_web_sessions", (("cast(sum(event_count) as int64)", "cast(sum(event_count) + 1 as int64)"),)
    ),
    # Case 5: the recipe "Add a metric".
    "days are counted too": ModelChange(
        "fct_web_sessions",
        (
            ("as event_count\n", "as event_count,\n        count(*) as day_count\n"),
            ("    sessions.event_count,", "    sessions.event_count,\n    sessions.day_count,"),
        ),
        ("day_count", "int64", "event_count"),
    ),
    "another comment": ModelChange(
        "int_web__session_days", (("-- Ties in time keep", "-- Events at the same time keep"),), is_comment=True
    ),
}
# Each of them changes rows of random histories.
VARIABLE_CHANGES: dict[str, object] = {
    "session_timeout_seconds": 1200,
    "maximum_order_amount": 15,
    "playback_timeout_seconds": 30,
    "duplicate_horizon_seconds": 5,
    "order_window_seconds": 600,
    "reporting_timezone": "Europe/Berlin",
    "reporting_currency": "USD",
}


@dataclass(frozen=True)
class Settings:
    """What is different from the project as it is: values of variables, and a model (one of MODEL_CHANGES)."""

    variables: tuple[tuple[str, object], ...] = ()
    model: str | None = None

    def __str__(self) -> str:
        return ", ".join([*(f"{name}: {value}" for name, value in self.variables), *filter(None, [self.model])])

    @property
    def that_count(self) -> "Settings":
        """The same without a change that no row depends on."""
        return replace(self, model=None) if self.model and MODEL_CHANGES[self.model].is_comment else self

    @contextmanager
    def made_in(self, manifest: Manifest) -> Iterator[None]:
        """While it lasts, the project that dbt has read has this model changed; what dbt adds to it is forgotten."""
        nodes, flat_graph = manifest.nodes, manifest.flat_graph
        manifest.nodes = dict(nodes)
        try:
            if self.model:
                change = MODEL_CHANGES[self.model]
                changed = deepcopy(nodes[MODEL + change.model])
                change.made(changed)
                manifest.nodes[changed.unique_id] = changed
                manifest.build_flat_graph()
            yield
        finally:
            manifest.nodes, manifest.flat_graph = nodes, flat_graph


AS_IT_IS = Settings()
