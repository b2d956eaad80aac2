"""A warehouse on the BigQuery emulator that a history is replayed in."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from records import COLUMNS, RAW_COLUMNS, Record
from warehouses import RAW_SCHEMA, RUN_COUNTER, ParsedProject, Rows, comparable

from warehouse.bigquery_emulator import PROJECT as EMULATED_PROJECT

_TYPES = dict(zip(COLUMNS, ("TIMESTAMP", "STRING", "INT64", "STRING"), strict=True))


class EmulatedWarehouse:
    """Empty raw tables on an emulator that has nothing yet; dbt runs there as it does every day."""

    def __init__(self, project: ParsedProject, endpoint: str) -> None:
        self.project = project
        self.client = bigquery.Client(
            project=EMULATED_PROJECT, credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint}
        )
        self.client.create_dataset(RAW_SCHEMA)
        for table, columns in RAW_COLUMNS.items():
            types = {**dict.fromkeys(columns, "STRING"), **_TYPES}
            fields = [bigquery.SchemaField(name, type_) for name, type_ in types.items()]
            self.client.create_table(bigquery.Table(f"{EMULATED_PROJECT}.{RAW_SCHEMA}.{table}", fields))
        project.dbt("seed")

    def deliver(self, records: Iterable[Record]) -> None:
        """Append records to raw."""
        rows: dict[str, list[dict]] = {}
        for record in records:
            row = dict(zip((*RAW_COLUMNS[record.table], *COLUMNS), record.row, strict=True))
            rows.setdefault(record.table, []).append(row | {"loaded_at": record.loaded_at.isoformat(sep=" ")})
        for table, content in rows.items():
            errors = self.client.insert_rows_json(f"{EMULATED_PROJECT}.{RAW_SCHEMA}.{table}", content)
            assert not errors, errors

    def run(self, *arguments: str) -> list:
        """`dbt run`."""
        return self.project.dbt("run", *arguments)

    def rows(self, relation: str, without: str = RUN_COUNTER) -> Rows:
        """The rows of a relation with how often each is there, and its columns but for one."""
        fields = self.client.get_table(f"{EMULATED_PROJECT}.{relation}").schema
        columns = [field.name for field in fields if field.name != without]
        result = self.client.query(f"select {', '.join(columns)} from `{EMULATED_PROJECT}`.{relation}").result()
        counts = Counter(comparable(map(_without_zone, row.values())) for row in result)
        return Rows(tuple(columns), counts)


def _without_zone(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
