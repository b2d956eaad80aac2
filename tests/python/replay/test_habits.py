"""Whatever people do with dbt, the next ordinary build gives what a full refresh gives, or says what to build in full.

`make test` plays the cases, some of the named histories and a random one, always the same, with the models of the web,
or of orders, alone. `make prove-incremental EXAMPLES=200` plays each named history and so many new random ones with all
models, and prints the seed: `SEED=…` plays them again.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from changes import AS_IT_IS, Settings
from conftest import PROJECT, RememberingRunner
from dbt_commands import in_dev
from drafts import arriving, click, later, order
from habit_replay import HabitReplay, Player
from habits import CLONE, DEFER, DEV, EMPTY, FULL, PROD, SELECTORS, WEB, WEB_SELECTORS, Habit, Step, habit_histories, of
from named_habits import BACKGROUND, GAP, IN_SHORT, NAMED_HABITS, SHORTER_SESSIONS, named_habit
from random_plays import IS_LONG_FORM, check_random_histories, folder_to_play_in
from records import Record
from warehouses import DuckDB

from warehouse.raw_contract import TABLES

ORDERS = ("base_shop__orders", "stg_shop__orders", "int_orders__orders_latest")


@pytest.fixture(scope="module")
def replay(packages: None) -> Iterator[HabitReplay]:
    """All models."""
    with folder_to_play_in() as folder:
        yield HabitReplay.prepared(folder)


@pytest.fixture(scope="module")
def web(replay: HabitReplay) -> HabitReplay:
    """The models of the web."""
    return replay.within(*WEB)


@pytest.fixture(scope="module")
def played(replay: HabitReplay, web: HabitReplay) -> HabitReplay:
    """The models that histories are played with."""
    return replay if IS_LONG_FORM else web


@pytest.fixture(scope="module")
def january(web: HabitReplay) -> Path:
    """A warehouse of the web events of the sample that arrived in January."""
    player = Player(web, DuckDB(web.folder, web.empty))
    web.truth.forget()
    player.take(Step(sample_web_events(datetime(2025, 1, 1), datetime(2025, 2, 1))))
    assert counts(player) == JANUARY
    return player.warehouse.close()


@pytest.fixture
def after_january(web: HabitReplay, january: Path) -> Player:
    """Someone at work in that warehouse, before the rest of the sample arrives."""
    web.truth.forget()
    web.truth.deliver(sample_web_events(datetime(2025, 1, 1), datetime(2025, 2, 1)))
    player = Player(web, DuckDB(web.folder, january))
    player.built[PROD].with_settings.add(AS_IT_IS)
    return player


def at_work(replay: HabitReplay, records: tuple[Record, ...]) -> Player:
    """Someone at work in a warehouse that was built with these records."""
    replay.truth.forget()
    player = Player(replay, DuckDB(replay.folder, replay.empty))
    player.take(Step(records))
    return player


def test_sessions_and_their_orders_reach_over_a_change_of_clocks(web):
    """Half past eleven on the 8th in New York, and less than a day later it is a quarter past midnight on the 10th."""
    clocks = Settings((("reporting_timezone", "America/New_York"), ("session_timeout_seconds", 86399)))
    web.truth.forget()
    player = Player(web, DuckDB(web.folder, web.empty))
    for number, records in enumerate(
        [
            (order("t1", "1", "2025-03-10 04:15:00"), click("2025-03-09 00:00:00", "d2", "2")),
            (click("2025-03-09 04:30:00"),),
            (click("2025-03-10 04:20:00"),),
        ]
    ):
        player.take(Step(arriving(*records, file=str(number)), settings=clocks))
    sessions = "select user_id, event_count, order_count from marts.fct_web_sessions order by 1"
    assert player.warehouse.connection.execute(sessions).fetchall() == [(1, 2, 1), (2, 1, 0)]


def test_a_session_in_which_clocks_go_back_over_midnight_is_one(web):
    """In St. John's it was 0:01 on the 29th, then 23:01 on the 28th again, and the 29th once more."""
    clocks = Settings((("reporting_timezone", "America/St_Johns"),))
    web.truth.forget()
    player = Player(web, DuckDB(web.folder, web.empty))
    first = (click("2006-10-29 02:30:30"), click("2006-10-29 02:40:00"), order("o1", "1", "2006-10-29 03:20:00"))
    player.take(Step(arriving(*first, file="1"), settings=clocks))
    player.take(Step(arriving(click("2006-10-29 03:05:00"), click("2006-10-29 03:31:30"), file="2"), settings=clocks))
    sessions = "select event_count, order_count from marts.fct_web_sessions"
    assert player.warehouse.connection.execute(sessions).fetchall() == [(4, 1)]
    days = "select activity_date::varchar, session_count, event_count from marts.fct_daily_web_activity order by 1"
    found = player.warehouse.connection.execute(days).fetchall()
    assert found == [("2006-10-28", 1, 2), ("2006-10-29", 1, 2)]


def sample_web_events(first: datetime, end: datetime) -> tuple[Record, ...]:
    """The web events of the sample that arrived in this time."""
    with (PROJECT / "seeds" / "raw" / "web_events.csv").open(newline="") as file:
        rows = [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]
    return tuple(
        Record(
            "web_events",
            tuple(row[column] for column in TABLES["web_events"]),
            loaded_at,
            row["source_file"],
            int(row["source_position"]),
        )
        for row in rows
        if first <= (loaded_at := datetime.fromisoformat(row["loaded_at"])) < end
    )


REST = sample_web_events(datetime(2025, 2, 1), datetime(2100, 1, 1))


# How many events are in sessions and how many sessions there are in a full build of the sample, and of its January.
ALL, JANUARY = (2231, 524), (781, 188)


def counts(player: Player, schemas: str = "") -> tuple[int, int]:
    """How many events are in sessions, and how many sessions there are."""
    (found,) = player.warehouse.connection.execute(
        f"select (select count(*) from {schemas}intermediate.int_web__events_sessionized), "
        f"(select count(*) from {schemas}marts.fct_web_sessions)"
    ).fetchall()
    return found


def test_a_part_is_built_empty_after_the_base_model_has_read_what_came(after_january):
    """Case 1: the events and sessions of the first build stay, for good."""
    after_january.take(Step(REST, of("base_web__events")))
    after_january.take(Step((), of("int_web__session_days", words=(EMPTY,))))
    after_january.take(Step(()))
    assert counts(after_january) == ALL


def test_marts_that_are_built_empty_keep_what_they_say(after_january):
    """Case 1: "There are no events yet", with data there. So do those of any layer that would be built in full."""
    after_january.take(Step((), of("path:models/marts/web", words=(EMPTY,))))
    after_january.take(Step((), of("path:models/staging/web", "path:models/marts/web", words=(EMPTY, FULL))))


def test_dev_follows_production(after_january):
    """Case 2: dev stays at the sessions of its first build."""
    selected = ("stg_web__events", "path:models/intermediate/web", "fct_web_sessions")
    in_dev = of(*selected, words=(DEFER,), target=DEV)
    # A comment that has changed stops nobody.
    after_january.take(Step((), Habit(), Settings(model="another comment")))
    after_january.take(Step((), in_dev))
    assert counts(after_january, "dev_") == JANUARY
    after_january.take(Step(REST, Habit()))
    after_january.take(Step((), in_dev))
    assert counts(after_january, "dev_") == ALL
    # With a base_ table of its own, the view of production's looks there.
    after_january.take(Step(later(click("2025-03-10 12:00:00")).records, Habit(target=DEV)))
    state = "select max_by(state, run_number) ->> 'places' from dev_staging.model_state"
    recorded = after_january.warehouse.connection.execute(f"{state} where relation_name = 'stg_web__events'")
    assert recorded.fetchall() == [('["dev_staging.base_web__events"]',)]


def test_a_part_of_a_clone_is_left_alone_where_nothing_is_new(after_january):
    after_january.take(Step((), Habit(CLONE, DEV)))
    recorded = "select count(*) from dev_marts.model_state where relation_name = 'fct_web_sessions'"
    counted = []
    for _ in range(2):
        after_january.take(Step((), of("fct_web_sessions", target=DEV)))
        counted += after_january.warehouse.connection.execute(recorded).fetchall()
    assert counted[0] == counted[1]


def test_a_changed_model_does_not_leave_rows_of_the_old_one(replay):
    """Case 3: green, and old rows keep the old rule. That of a view that a model reads is its own."""
    orders = replay if IS_LONG_FORM else replay.within("+int_orders__orders_latest", "dim_order_history")
    player = at_work(orders, arriving(order("o1", "1", "2025-03-10 12:00:00", status="Completed")))
    changed = Settings(model="two of a thing are completed")
    outcome = orders.call(player.warehouse, of("stg_shop__orders", "int_orders__orders_latest"), changed)
    assert "stg_shop__orders has changed since int_orders__orders_latest" in "\n".join(outcome.messages)
    changed = Settings(model="lower status")
    new = later(order("o2", "1", "2025-03-10 12:00:00")).records
    player.take(Step(new, of("int_orders__orders_latest"), changed))
    player.take(Step((), Habit(), changed))


def test_a_changed_variable_needs_only_the_models_that_depend_on_it_in_full(replay):
    """Case 4: this succeeds, and after it every build is refused, because of models that have nothing to do with it."""
    web_and_orders = replay.within(*WEB, *ORDERS)
    player = at_work(web_and_orders, (*BACKGROUND.records, *GAP))
    player.take(Step((), of("int_web__session_days+", words=(FULL,)), SHORTER_SESSIONS))
    built = player.contents(PROD)["marts.fct_web_sessions"]
    outcome = web_and_orders.call(player.warehouse, Habit(), SHORTER_SESSIONS)
    assert outcome.succeeded, "\n".join(outcome.messages)
    player.take(Step((), Habit(), SHORTER_SESSIONS))
    assert player.contents(PROD)["marts.fct_web_sessions"] == built


def test_a_new_column_has_its_value_in_old_rows_too(web):
    """Case 5: "schemas are out of sync" by the recipe for a metric."""
    player = at_work(web, (*BACKGROUND.records, *GAP))
    changed = Settings(model="days are counted too")
    outcome = web.call(player.warehouse, of("fct_web_sessions+"), changed)
    assert outcome.succeeded, "\n".join(outcome.messages)
    player.take(Step((), Habit(), changed))


@pytest.mark.parametrize("name", NAMED_HABITS if IS_LONG_FORM else IN_SHORT)
def test_named_habit(name: str, played: HabitReplay) -> None:
    failure = played.play(named_habit(name))
    if failure:
        raise failure


@pytest.mark.skipif(not IS_LONG_FORM, reason="dbt needs 10 s to read a project")
def test_dev_is_what_dbt_reads_for_it(replay):
    dev = replay.commands.projects[DEV]
    ours, read = in_dev(replay.prod.manifest), RememberingRunner.read(dev.command())
    names, names_read = (
        {id_: (node.schema, getattr(node, "relation_name", None)) for id_, node in manifest.nodes.items()}
        for manifest in (ours, read)
    )
    assert names == names_read


def test_random_habits(played: HabitReplay) -> None:
    check_random_histories(habit_histories(SELECTORS if IS_LONG_FORM else WEB_SELECTORS), played.play)
