"""Making a table chunk by chunk: a chunk depends only on the dials, its number and how many came before it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datagen.dials import Dials
from datagen.span import Positions, Span
from warehouse.raw_contract import TABLES

# The columns of the raw tables, all text; every table also has loaded_at, source_file and source_position. The place of
# a table in this order is part of its random numbers.
COLUMNS: dict[str, tuple[str, ...]] = {
    table: TABLES[table]
    for table in (
        *("app_logs", "users", "active_users", "orders", "web_events", "user_events"),
        *("playback_heartbeats", "shipment_changes", "shipment_scans", "exchange_rates"),
    )
}
ARRIVAL_FIELDS = (
    pa.field("loaded_at", pa.timestamp("us")),
    pa.field("source_file", pa.string()),
    pa.field("source_position", pa.int64()),
)

# Rows made at once: memory does not depend on anything else.
CHUNK_ROWS = 131_072


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a raw table."""
    return pa.schema([*(pa.field(name, pa.string()) for name in COLUMNS[table]), *ARRIVAL_FIELDS])


@dataclass(frozen=True)
class Chunk:
    """`count` of `total` units (records, or users), after the `first` ones."""

    first: int
    count: int
    total: int

    @property
    def shares(self) -> tuple[float, float]:
        """The part of the whole that this chunk covers."""
        return self.first / self.total, (self.first + self.count) / self.total


def plan(total: int, limit: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The chunks of a table: at least four where there are that many units, so that there are several files."""
    size = max(1, min(limit, -(-total // 4)))
    for first in range(0, total, size):
        yield Chunk(first, min(size, total - first), total)


def twice(count: int, share: float) -> tuple[int, int]:
    """How many of `count` records are new and how many repeat one, when `share` of the new ones come twice."""
    repeated = int(count * share / (1 + share))
    return count - repeated, repeated


def groups(rng: np.random.Generator, lengths: Sequence[int], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The group (from 0) of each of `count` records, and each group's first record; `lengths` are equally likely."""
    edges = np.cumsum(rng.choice(lengths, count))
    first = np.concatenate([[0], edges[edges < count]])
    return np.repeat(np.arange(len(first)), np.diff(first, append=count)), first


class Maker(ABC):
    """Makes one raw table, one chunk at a time and in order."""

    table: str
    extension: str

    def __init__(self, dials: Dials) -> None:
        self.dials = dials
        self.span = Span(dials.start_date, dials.days)
        self.positions = Positions(self.span)

    @property
    @abstractmethod
    def total(self) -> int:
        """How many units (records, or users) the whole table has."""

    @abstractmethod
    def make(self, chunk: Chunk) -> pa.Table:
        """The rows of one chunk, with the columns of `schema(self.table)`."""

    def random(self, chunk: Chunk, stream: int = 0) -> np.random.Generator:
        """A stream of random numbers of this table's chunk alone. What is drawn from another one leaves it as it is."""
        place = [list(COLUMNS).index(self.table), chunk.first]
        return np.random.Generator(np.random.PCG64([self.dials.seed, *place, *([stream] if stream else [])]))

    @staticmethod
    def pick(rng: np.random.Generator, count: int, picked: int) -> np.ndarray:
        """`picked` different indices out of `count`, spread evenly and in order."""
        if picked == 0:
            return np.empty(0, dtype=np.int64)
        edges = np.arange(picked + 1) * count // picked
        return edges[:-1] + rng.integers(0, edges[1:] - edges[:-1])

    def arrange(self, columns: dict[str, pa.Array], hours: np.ndarray) -> pa.Table:
        """Columns whose rows are in order of arrival, with arrival time, file and position added."""
        return self.assemble(
            columns,
            self.span.loaded_at(hours),
            self.span.source_files(self.table, self.extension, hours),
            pa.array(self.positions.take(hours)),
        )

    def assemble(
        self, columns: dict[str, pa.Array], loaded_at: pa.Array, files: pa.Array, positions: pa.Array
    ) -> pa.Table:
        """One table of the contract's columns; one that is not made is null."""
        null = pa.nulls(len(positions), pa.string())
        arrays = [*(columns.get(name, null) for name in COLUMNS[self.table]), loaded_at, files, positions]
        return pa.Table.from_arrays(arrays, schema=schema(self.table))
