"""Random histories: what arrives in which batch, and how dbt is run after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from records import FILES, LOAD_TIMES, POSITIONS, Record, records

from warehouse.raw_contract import TABLES

# As `make rebuild-late` runs it.
LATE_SCANS_TOO = "late scans too"
# How dbt is run after a batch: as always; twice; in full; or only a part of the models, as a run that fails or a
# person leaves things. Rows are compared after the first three.
RUNS: dict[str, tuple[str, ...]] = {
    "all": (),
    "all, twice": (),
    "all, in full": ("--full-refresh",),
    "staging only": ("--select", "path:models/staging"),
    "all but marts": ("--exclude", "path:models/marts"),
    "users only": ("--select", "base_shop__users+", "base_shop__active_users+"),
    "rates only": ("--select", "base_shop__exchange_rates+"),
    "web only": ("--select", "base_web__events+"),
    "daily fact only": ("--select", "fct_daily_user_metrics", "int_activity__daily_user_metrics_not_loaded"),
    "shipments only": ("--select", "base_shipping__shipment_changes+"),
    "scans only": ("--select", "base_shipping__shipment_scans+"),
    LATE_SCANS_TOO: ("--select", "int_shipping__rebuilt_scan_dates+", "--vars", "{rebuild_late: true}"),
    "staging in full": ("--select", "path:models/staging", "--full-refresh"),
    "intermediate in full": ("--select", "path:models/intermediate", "--full-refresh"),
    "marts in full": ("--select", "path:models/marts", "--full-refresh"),
    "empty": ("--empty",),
    "streams without their days": ("--select", "path:models/staging", "int_activity__user_events_decided"),
}
COMPLETE_RUNS = ("all", "all, twice", "all, in full")


@dataclass(frozen=True)
class Batch:
    """Records that are in raw when dbt runs next, and how it runs (one of RUNS)."""

    records: tuple[Record, ...]
    run: str = "all"

    def plainer(self) -> Iterator["Batch"]:
        """The same records with runs that have less to them."""
        if self.run != "all":
            yield replace(self, run="all")


class History(tuple[Batch, ...]):
    """Batches in the order in which they are delivered."""

    def __repr__(self) -> str:
        return f"<{len(self)} batches, in the table above>"


@dataclass(frozen=True)
class Again:
    """Something that was delivered before is delivered again, to be looked up among the records so far of its table.

    Attributes:
        number: which record, counted round.
        loaded_at: when it arrives.
        place: another file and position, or None for the same.
    """

    number: int
    loaded_at: object
    place: tuple[str, int] | None

    def of(self, earlier: Sequence[Record]) -> list[Record]:
        """The record, or nothing when there is none yet."""
        if not earlier:
            return []
        record = earlier[self.number % len(earlier)].delivered_again(self.loaded_at)
        if self.place:
            record = replace(record, source_file=self.place[0], source_position=self.place[1])
        return [record]


AGAIN = st.builds(Again, st.integers(0, 7), LOAD_TIMES, st.none() | st.tuples(FILES, POSITIONS))


def deliveries(most: int) -> st.SearchStrategy[dict[str, list[Record | Again]]]:
    """For each table a list of at most so many records."""
    return st.fixed_dictionaries(
        {table: st.lists(st.one_of(records(table), records(table), AGAIN), max_size=most) for table in TABLES}
    )


@st.composite
def arrivals(draw: st.DrawFn, fewest_batches: int = 2, most_batches: int = 5) -> list[tuple[Record, ...]]:
    """The records of batches: much in the first, little in each later one, so most stays untouched."""
    contents = [draw(deliveries(12))]
    contents += draw(st.lists(deliveries(2), min_size=fewest_batches - 1, max_size=most_batches - 1))
    # A file that is delivered again as a whole: the batch it was in, the batch it comes with, its new time.
    again = draw(st.none() | st.tuples(st.integers(0, 4), st.integers(0, 4), LOAD_TIMES))
    delivered: dict[tuple, Record] = {}
    batches: list[list[Record]] = []
    for number, content in enumerate(contents):
        arriving = []
        for table, drafts in content.items():
            for draft in drafts:
                earlier = [record for record in delivered.values() if record.table == table]
                arriving += _new(draft.of(earlier) if isinstance(draft, Again) else [draft], delivered)
        if again and again[1] % len(contents) == number:
            file = (*batches, arriving)[again[0] % (number + 1)]
            arriving += _new([record.delivered_again(again[2]) for record in file], delivered)
        batches.append(arriving)
    return [tuple(batch) for batch in batches]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Histories of batches, each with how dbt runs after it."""
    batches = draw(arrivals())
    # A part of the models needs the others to be there, and what a part leaves must be seen to be made good.
    runs = ["all", *[draw(st.sampled_from(["all"] * 8 + list(RUNS))) for _ in batches[1:-1]]]
    runs.append(draw(st.sampled_from(["all", *COMPLETE_RUNS])))
    return History(Batch(batch, run) for batch, run in zip(batches, runs, strict=True))


def _new(arriving: list[Record], delivered: dict[tuple, Record]) -> list[Record]:
    """The records whose arrival nobody else has, which are remembered: raw's contract."""
    new = []
    for record in arriving:
        if record.arrival not in delivered:
            delivered[record.arrival] = record
            new.append(record)
    return new
