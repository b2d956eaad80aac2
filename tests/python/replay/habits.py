"""What people do with dbt, and random histories in which they do it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from changes import AS_IT_IS, MODEL_CHANGES, VARIABLE_CHANGES, Settings
from conftest import PROJECT
from histories import History, arrivals
from hypothesis import assume
from hypothesis import strategies as st
from moments import any_of
from records import Record

# Two targets of one file: schemas `marts`, …, and `dev_marts`, …
PROD, DEV = "duckdb", "dev"
# A test of the project that can be made to fail.
A_TEST = "assert_sessions_partition_the_events"
BUILD = ("run",)
BUILD_WITH_A_TEST = ("build", "--select", "path:models", A_TEST, "--indirect-selection", "empty")
CLONE = ("clone", "--resource-type", "model")
EMPTY, SAMPLE, FULL, DEFER, FAVOR_STATE = "--empty", "--sample", "--full-refresh", "--defer", "--favor-state"

MODELS = sorted(path.stem for path in PROJECT.glob("models/**/*.sql"))
FOLDERS = sorted({f"path:{path.parent.relative_to(PROJECT)}" for path in PROJECT.glob("models/*/**/*.sql")})
LAYERS = ["path:models/staging", "path:models/intermediate", "path:models/marts"]


@dataclass(frozen=True)
class Trouble:
    """What goes wrong during a command.

    Attributes:
        kind: `killed`: nothing more is done. `fails`: the engine refuses a statement. `test fails`: A_TEST does.
        number: at which of the statements that write; it may be more than there are.
        done: whether that statement has been executed all the same.
        is_retried: whether `dbt retry` follows at once.
    """

    kind: str
    number: int = 0
    done: bool = False
    is_retried: bool = False

    def __str__(self) -> str:
        place = f" {'after' if self.done else 'at'} writing statement {self.number}" if self.number else ""
        return f" ({self.kind}{place})" + (", then dbt retry" if self.is_retried else "")


@dataclass(frozen=True)
class Habit:
    """A command of dbt: its words, the target, and what goes wrong."""

    words: tuple[str, ...] = BUILD
    target: str = PROD
    trouble: Trouble | None = None

    def __str__(self) -> str:
        target = f" --target {self.target}" if self.target != PROD else ""
        return f"dbt {' '.join(self.words)}{target}{self.trouble or ''}"

    @property
    def is_ordinary(self) -> bool:
        """Whether every model must then be what a full refresh gives."""
        is_finished = self.trouble is None or self.trouble.is_retried
        return self.words in (BUILD, BUILD_WITH_A_TEST) and is_finished

    @property
    def writes_no_rows(self) -> bool:
        """Whether it is only to see that models can be built."""
        return EMPTY in self.words or SAMPLE in self.words

    @property
    def is_deferred(self) -> bool:
        return DEFER in self.words


@dataclass(frozen=True)
class Step:
    """Records that are in raw when somebody calls dbt next, what they call, and with what they have changed."""

    records: tuple[Record, ...]
    habit: Habit = Habit()
    settings: Settings = AS_IT_IS

    @property
    def run(self) -> str:
        """The step in words."""
        return f"{self.habit}{f' with {self.settings}' if self.settings != AS_IT_IS else ''}"

    def plainer(self) -> Iterator["Step"]:
        """The same records with commands that have less to them."""
        if self.habit != Habit(target=self.habit.target):
            yield replace(self, habit=Habit(target=self.habit.target))
        if self.settings != AS_IT_IS:
            yield replace(self, settings=AS_IT_IS)
        if self.habit.trouble:
            yield replace(self, habit=replace(self.habit, trouble=None))
        selected = self.habit.words[self.habit.words.index("--select") + 1 :] if "--select" in self.habit.words else ()
        if self.habit.words != BUILD_WITH_A_TEST and len(selected) > 1:
            for name in selected:
                words = tuple(word for word in self.habit.words if word != name)
                yield replace(self, habit=replace(self.habit, words=words))


def of(*selected: str, words: tuple[str, ...] = (), **others: object) -> Habit:
    """`dbt run --select` of these, with other words before it."""
    return Habit((*BUILD, *words, *(("--select", *selected) if selected else ())), **others)


_NAMES = st.sampled_from(MODELS)
SELECTORS = st.one_of(
    _NAMES, _NAMES.map("{}+".format), _NAMES.map("+{}".format), st.sampled_from(FOLDERS), st.sampled_from(LAYERS)
)
# Those of the web, and the orders that belong to its sessions with all that they are made from.
WEB = ("path:models/staging/web", "path:models/intermediate/web", "path:models/marts/web", "+fct_orders")
WEB_SELECTORS = st.one_of(
    st.sampled_from([name for name in MODELS if "web_" in name]),
    st.sampled_from([*WEB, "int_web__session_days+", "fct_web_sessions+"]),
)
TROUBLES = st.builds(
    lambda kind, number, done, is_retried: Trouble(kind, number, done, is_retried and kind == "fails"),
    st.sampled_from(["killed", "fails"]),
    st.integers(1, 120),
    st.booleans(),
    st.booleans(),
)
A_TEST_FAILS = st.booleans().map(lambda is_retried: Trouble("test fails", is_retried=is_retried))
_TARGETS = st.sampled_from([PROD, PROD, DEV])


def habits(selectors: st.SearchStrategy[str]) -> st.SearchStrategy[Habit]:
    """Commands about everything, and about what is selected so."""
    selections = st.lists(selectors, min_size=1, max_size=2, unique=True)

    def part(*words: str) -> st.SearchStrategy[Habit]:
        return selections.map(lambda selected: of(*selected, words=words))

    def deferred(*words: str) -> st.SearchStrategy[Habit]:
        return selections.map(lambda selected: of(*selected, words=(*words, DEFER), target=DEV))

    ordinary = st.builds(Habit, target=_TARGETS)
    troubled = st.builds(Habit, st.just(BUILD), _TARGETS, TROUBLES)
    tested = st.builds(Habit, st.just(BUILD_WITH_A_TEST), trouble=A_TEST_FAILS)
    empty, sample = of(words=(EMPTY,)), of(words=(SAMPLE, "3 days"))
    return any_of(
        *[ordinary] * 2,
        *[part()] * 2,
        part(EMPTY),
        st.just(empty),
        part(SAMPLE, "3 days"),
        st.just(sample),
        *[part(FULL)] * 2,
        *[deferred()] * 3,
        deferred(FAVOR_STATE),
        deferred(EMPTY),
        *[troubled] * 2,
        tested,
        st.just(Habit(CLONE, DEV)),
    )


SETTINGS = st.one_of(
    st.sampled_from(list(VARIABLE_CHANGES.items())).map(lambda variable: Settings((variable,))),
    st.sampled_from(list(MODEL_CHANGES)).map(lambda model: Settings(model=model)),
)


@st.composite
def habit_histories(draw: st.DrawFn, selectors: st.SearchStrategy[str] = SELECTORS) -> History:
    """Histories that begin and end with an ordinary build of everything, in each target that was used."""
    batches = draw(arrivals(4, 7))
    # The first that Hypothesis draws have nothing in them.
    assume(sum(map(len, batches)) > 20)
    called = [Habit(), *[draw(habits(selectors)) for _ in batches[1:-1]], Habit()]
    # A change that is made before a step and taken back before another.
    settings = [AS_IT_IS] * len(batches)
    if draw(st.booleans()):
        first = draw(st.integers(1, len(batches) - 1))
        end = draw(st.integers(first + 1, len(batches)))
        settings[first:end] = [draw(SETTINGS)] * (end - first)
    steps = [Step(*step) for step in zip(batches, called, settings, strict=True)]
    if any(step.habit.target == DEV for step in steps):
        steps.append(Step((), Habit(target=DEV), settings[-1]))
    return History(steps)


COMMAND_IN_ADVICE = re.compile(r"dbt build --full-refresh --select ([\w+ .:]+?)(?:[.,;`]|$|\n| --| \()")


def advised(messages: list[str]) -> list[str]:
    """What the messages of a refused command say to build in full, without repetitions."""
    selections = [selection for message in messages for selection in COMMAND_IN_ADVICE.findall(message)]
    return list(dict.fromkeys(name for selection in selections for name in selection.split()))
