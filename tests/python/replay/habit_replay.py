"""Plays a history of habits, and compares the models of each target with full refreshes."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import duckdb
from changes import AS_IT_IS, Settings
from compare import difference, explained, story
from dbt_commands import PREFIX, DbtCommands, Outcome
from habits import BUILD, DEV, FAVOR_STATE, FULL, PROD, Habit, Step, advised, of
from histories import History
from warehouses import DuckDB, FullRefresh, ParsedProject, Rows, failure_in

# How dbt writes an input of which `--empty` lets nothing through.
SHOWS_NOTHING = re.compile(r"where\s+\(?false\)?\s+limit\s+\(?0\)?", re.IGNORECASE)
# What dbt calls a relation that it makes on the way to another.
TEMPORARY = re.compile(r"__dbt_|__tmp|dbt_temp|_backup|dbt_test__audit")


@dataclass
class Built:
    """What is known of a target: the settings its models may have been built with, and which are as a full refresh."""

    with_settings: set[Settings] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)


@dataclass
class HabitReplay:
    """The truths for any settings, and the folder for warehouses that histories of habits are played in.

    Attributes:
        commands: dbt.
        folder: of the warehouses.
        empty: a warehouse without records in which nothing has run.
        selection: what is called everything, in the words of `--select`; all models when there is none.
    """

    commands: DbtCommands
    folder: Path
    empty: Path
    selection: tuple[str, ...] = ()
    statements: dict[Settings, list[tuple[str, str]]] = field(default_factory=dict)

    @cached_property
    def truth(self) -> FullRefresh:
        """What a full refresh gives."""
        return FullRefresh(self.full_refresh(AS_IT_IS), self.folder, self.empty)

    @cached_property
    def names(self) -> list[str]:
        """The models, as `schema.name`."""
        return [name for name, _ in self.full_refresh(AS_IT_IS)]

    @classmethod
    def prepared(cls, folder: Path) -> "HabitReplay":
        """Everything ready in a folder."""
        commands = DbtCommands.prepared(ParsedProject(folder))
        warehouse = DuckDB(folder)
        outcome = commands.call(warehouse.path, Habit(("seed",)))
        assert outcome.succeeded, outcome.messages
        empty = warehouse.close()
        return cls(commands, folder, empty)

    def within(self, *selection: str) -> "HabitReplay":
        """The same for a part of the models, which needs no other part."""
        return HabitReplay(self.commands, self.folder, self.empty, selection)

    @property
    def prod(self) -> ParsedProject:
        return self.commands.projects[PROD]

    def full_refresh(self, settings: Settings) -> list[tuple[str, str]]:
        """The relations of a full refresh with these settings and their queries, as dbt compiles them, once."""
        if settings not in self.statements:
            scratch = DuckDB(self.folder, self.empty)
            outcome = self.call(scratch, Habit((*BUILD, FULL)), settings)
            assert outcome.succeeded, outcome.messages
            self.statements[settings] = [(f"{node.schema}.{node.alias}", node.compiled_code) for node in outcome.built]
            scratch.remove()
        return self.statements[settings]

    def call(self, warehouse: DuckDB, habit: Habit, settings: Settings) -> Outcome:
        """A command; one of everything keeps to the selection."""
        words = habit.words
        if self.selection and "path:models" in words:
            words = tuple(chain.from_iterable(self.selection if word == "path:models" else [word] for word in words))
        elif self.selection and "--select" not in words and words[0] != "seed":
            words = (*words, "--select", *self.selection)
        return self.commands.call(warehouse.path, replace(habit, words=words), settings)

    def within_reach(self, selected: Sequence[str]) -> list[str]:
        """What is selected, but for models that are no part of what is called everything."""
        parts = self.selection
        return [f"{name},{part}" for name in selected for part in parts] if parts else list(selected)

    def play(self, history: History) -> AssertionError | None:
        """What is not as it should be, with the history and the differences as tables; None when all is well."""
        if history[0].habit != Habit():
            return None
        warehouse = DuckDB(self.folder, self.empty)
        return failure_in(warehouse, lambda: self.play_in(warehouse, history))

    def play_in(self, warehouse: DuckDB, history: History, first: int = 0) -> None:
        """Raises AssertionError as `play` returns it; in a warehouse that has seen the first so many steps."""
        self.truth.forget()
        self.truth.deliver([record for step in history[:first] for record in step.records])
        player = Player(self, warehouse)
        if first:
            player.built[PROD] = Built({history[first - 1].settings.that_count})
        for number, step in enumerate(history[first:], first + 1):
            try:
                player.take(step)
            except AssertionError as error:
                raise AssertionError(f"after step {number}:\n{error}\n{story(history[:number])}") from None


class Player:
    """One history as it is played.

    Attributes:
        built: what is known of each target.
    """

    def __init__(self, replay: HabitReplay, warehouse: DuckDB) -> None:
        self.replay, self.warehouse = replay, warehouse
        self.built = {PROD: Built(), DEV: Built()}
        self.settings = AS_IT_IS

    def take(self, step: Step) -> None:
        """Deliver what arrives, call dbt, and look at what is there then."""
        habit, settings = step.habit, step.settings.that_count
        built = self.built[habit.target]
        self.warehouse.deliver(step.records)
        self.replay.truth.deliver(step.records)
        if step.records or settings != self.settings:
            self._forget_what_is_exact()
        self.settings = settings
        if habit.target == DEV and habit.words == BUILD:
            self._seed_dev()
        before = self.contents(habit.target)
        built.with_settings.add(settings)
        outcome = self._call(habit, step.settings)
        if habit.trouble and not habit.trouble.is_retried:
            self._forget_what_is_exact()
        elif not outcome.succeeded:
            outcome = self._refused(step, outcome, before)
        if habit.writes_no_rows:
            self._check_that_nothing_changed(habit.target, before)
        elif habit.is_ordinary:
            self._check_all(habit.target, settings)
            self._check_that_nothing_is_left()
        elif habit.is_deferred and outcome.succeeded:
            self._check_built([model.name for model in outcome.built], before, FAVOR_STATE in habit.words, settings)
        self._check_that_views_show_something()

    def _call(self, habit: Habit, settings: Settings) -> Outcome:
        return self.replay.call(self.warehouse, habit, settings)

    def _seed_dev(self) -> None:
        """What `dbt build` does first: seeds are not deferred to when all of dev is built."""
        if not self._relations(f"{PREFIX}reference"):
            outcome = self._call(Habit(("seed",), DEV), AS_IT_IS)
            assert outcome.succeeded, outcome.messages

    def _refused(self, step: Step, outcome: Outcome, before: dict[str, Rows]) -> Outcome:
        """What became of a command that failed: it may only after a change, and it must say what to build in full.

        After an ordinary one that is built, and must help.
        """
        habit, settings = step.habit, step.settings.that_count
        said = "\n".join(outcome.messages)
        seen = self.built[habit.target].with_settings | (self.built[PROD].with_settings if habit.is_deferred else set())
        assert len(seen) > 1, f"{habit} fails, although nothing has been changed:\n{said}"
        selection = advised(list(outcome.messages))
        assert selection, f"{habit} fails, and no command is named that helps:\n{said}"
        self._check_what_a_refusal_left(habit.target, before, settings)
        if not habit.is_ordinary:
            return outcome
        in_full = of(*self.replay.within_reach(selection), words=(FULL,), target=habit.target)
        built_in_full = self._call(in_full, step.settings)
        assert built_in_full.succeeded, f"what was advised fails: {' '.join(selection)}\n" + "\n".join(
            built_in_full.messages
        )
        again = self._call(Habit(target=habit.target), step.settings)
        assert again.succeeded, f"refused again after what was advised, {' '.join(selection)}:\n" + "\n".join(
            again.messages
        )
        return again

    def _forget_what_is_exact(self) -> None:
        for built in self.built.values():
            built.exact.clear()

    def contents(self, target: str) -> dict[str, Rows]:
        """The rows of each model that is there and can be read, by its name in production."""
        there, found = self._relations(), {}
        for name in self.replay.names:
            # A view of a table that has other columns now cannot be read until it is made again.
            with suppress(duckdb.BinderException, duckdb.CatalogException):
                if placed(target, name) in there:
                    found[name] = self._rows(target, name)
        return found

    def _rows(self, target: str, name: str) -> Rows:
        return self.warehouse.rows(placed(target, name))

    def _relations(self, schema: str | None = None) -> set[str]:
        query = "select table_schema, table_name from information_schema.tables"
        rows = self.warehouse.connection.execute(query).fetchall()
        return {f"{of_schema}.{name}" for of_schema, name in rows if schema in (None, of_schema)}

    def _views(self) -> set[str]:
        query = "select schema_name || '.' || view_name from duckdb_views() where not internal"
        return {name for (name,) in self.warehouse.connection.execute(query).fetchall()}

    def _true_rows(self, target: str, settings: Settings, names: Iterable[str]) -> dict[str, Rows]:
        """What a full refresh with these settings gives."""
        there = self._relations()
        lasting = [name for name in self.replay.prod.lasting() if placed(target, name) in there]
        self.replay.truth.statements = self.replay.full_refresh(settings)
        self.replay.truth.run({name: self._rows(target, name) for name in lasting})
        return {name: self.replay.truth.rows(name) for name in names}

    def _check_all(self, target: str, settings: Settings) -> None:
        """Every model is what a full refresh gives."""
        self._compare(self.contents(target), self._true_rows(target, settings, self.replay.names), "full")
        self.built[target] = Built({settings}, {model.name for model in self.replay.prod.models()})

    def _compare(self, ours: dict[str, Rows], truth: dict[str, Rows], what: str) -> None:
        missing = [name for name in truth if name not in ours]
        assert not missing, f"not there, or not to be read: {missing}"
        compared = [difference(name, ours[name], truth[name]) for name in truth]
        found = [one for one in compared if one]
        assert not found, f"{len(found)} of {len(compared)} models differ\n{explained(found, 'ours', what)}"

    def _check_that_nothing_changed(self, target: str, before: dict[str, Rows]) -> None:
        """Of what was there. A view shows what it now says when its text, or a variable in it, has been changed."""
        views = self._views() if len(self.built[target].with_settings) > 1 else set()
        tables = {name: rows for name, rows in before.items() if placed(target, name) not in views}
        self._compare(self.contents(target), tables, "before")

    def _check_what_a_refusal_left(self, target: str, before: dict[str, Rows], settings: Settings) -> None:
        """Each table as it was, or as a full refresh makes it."""
        views = self._views()
        now = self.contents(target)
        changed = [name for name in before if placed(target, name) not in views and now.get(name) != before[name]]
        self._compare(now, self._true_rows(target, settings, changed), "full")

    def _check_built(self, built: Sequence[str], before: dict[str, Rows], is_favored: bool, settings: Settings) -> None:
        """What was built in dev is as a full refresh where all that it read was, in dev and in production."""
        dev, prod = self.built[DEV], self.built[PROD]
        models = {model.name: model for model in self.replay.prod.models()}
        there = {name.split(".")[1] for name in before}
        # What production holds only counts when it was built with the same settings.
        deferred_to = prod.exact if prod.with_settings == {settings} else set()
        for name in built:
            parents = [self.replay.prod.manifest.nodes.get(parent) for parent in models[name].depends_on.nodes]
            read = [parent.name for parent in parents if parent and parent.resource_type == "model"]
            is_exact = all(
                parent in (dev.exact if parent in built or (parent in there and not is_favored) else deferred_to)
                for parent in read
            )
            (dev.exact.add if is_exact else dev.exact.discard)(name)
        names = [f"{models[name].schema}.{models[name].alias}" for name in built if name in dev.exact]
        names = [name for name in names if name in self.replay.names]
        self._compare(self.contents(DEV), self._true_rows(DEV, settings, names), "full")

    def _check_that_views_show_something(self) -> None:
        query = "select schema_name || '.' || view_name, sql from duckdb_views() where not internal"
        views = self.warehouse.connection.execute(query).fetchall()
        empty = [name for name, sql in views if SHOWS_NOTHING.search(sql)]
        assert not empty, f"views that show nothing: {empty}"

    def _check_that_nothing_is_left(self) -> None:
        left = [name for name in self._relations() if TEMPORARY.search(name)]
        assert not left, f"left behind: {left}"


def placed(target: str, name: str) -> str:
    """Where a target has a relation of which this is the name in production."""
    return name if target == PROD else PREFIX + name
