"""Runs in `.venv-metrics`: answers questions, validates the semantic layer and runs commands, all in one process.

    .venv-metrics/bin/python tests/python/metric_answers.py <asked> <said>

`asked` is a pickled dictionary: `queries` (texts of QUERY by name), `commands` (texts of QUERY) and `fault` (two
texts: in a copy of the semantic layer that is validated too, the second stands for the first). `said` is what came out.
"""

import contextlib
import io
import pickle
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from warehouse import cli, metrics  # noqa: E402
from warehouse.dbt_runs import Dbt  # noqa: E402
from warehouse.duckdb_files import open_to_read, warehouse_file  # noqa: E402

# MetricFlow gives a metric of its own to each cumulative one with a measure, and then warns that there are both.
MADE_BY_METRICFLOW = "should not have both a measure and a metric as inputs"


class DuckDb(metrics.DuckDbSql):
    """What MetricFlow asks of a database to validate a semantic layer."""

    def __init__(self, connection) -> None:
        super().__init__()
        self.connection = connection

    def dry_run(self, stmt: str, sql_bind_parameter_set: object = None) -> None:
        """Have a statement planned and not run."""
        self.connection.execute(f"explain {stmt}")


def problems(layer: metrics.SemanticLayer, connection) -> list[str]:
    """What `mf validate-configs` would find: in the layer itself, and in what its SQL says of the tables."""
    from metricflow.validation.data_warehouse_model_validator import DataWarehouseModelValidator
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    validator = DataWarehouseModelValidator(sql_client=DuckDb(connection))
    results = [SemanticManifestValidator().validate_semantic_manifest(layer.manifest)]
    for kind in ("semantic_models", "dimensions", "entities", "simple_metrics", "metrics"):
        results.append(getattr(validator, f"validate_{kind}")(manifest=layer.manifest))
    found = [issue.as_readable_str() for result in results for issue in result.all_issues]
    return [problem for problem in found if MADE_BY_METRICFLOW not in problem]


def command(query: str) -> tuple[int, str, str]:
    """What `make metrics QUERY=…` ends with and prints."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.run(["metrics", "--query", query])
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


def main() -> None:
    """Answer what the first file asks in the second."""
    asked = pickle.loads(Path(sys.argv[1]).read_bytes())
    file = metrics.semantic_manifest(Dbt(PROJECT))
    layer = metrics.SemanticLayer(file)
    said = {"answers": {}, "metrics": {}, "saved_queries": {}}
    for name, metric in layer.metrics.items():
        said["metrics"][name] = {
            "type": metric.type.value,
            "description": metric.description,
            "label": metric.label,
            "cumulative": metric.type_params.cumulative_type_params
            and metric.type_params.cumulative_type_params.period_agg.value,
        }
    with open_to_read(warehouse_file(PROJECT)) as connection:
        metrics.ordered_as_written(connection)
        for name, query in asked["queries"].items():
            said["answers"][name] = connection.execute(layer.sql(metrics.read_query(query))).fetchall()
        for name in layer.saved_queries:
            said["saved_queries"][name] = connection.execute(layer.sql(metrics.Query(name))).fetchall()
        said["problems"] = problems(layer, connection)
        broken = Path(sys.argv[2]).with_name("broken.json")
        broken.write_text(file.read_text().replace(*asked["fault"]))
        said["problems_of_fault"] = problems(metrics.SemanticLayer(broken), connection)
    said["commands"] = {query: command(query) for query in asked["commands"]}
    Path(sys.argv[2]).write_bytes(pickle.dumps(said))


if __name__ == "__main__":
    main()
