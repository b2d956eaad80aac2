"""Histories of habits written by hand, each for one thing that people do, on top of a first build of everything."""

from changes import Settings
from drafts import click, later, order
from habits import (
    BUILD,
    BUILD_WITH_A_TEST,
    CLONE,
    DEFER,
    DEV,
    EMPTY,
    FAVOR_STATE,
    FULL,
    PROD,
    SAMPLE,
    Habit,
    Step,
    Trouble,
    of,
)
from histories import History
from named_histories import A_BIT_OF_ALL, BACKGROUND
from records import Record

SHORTER_SESSIONS = Settings((("session_timeout_seconds", 1200),))
ONE_MORE = Settings(model="one event more")
NEXT = A_BIT_OF_ALL.records
# A gap of 1500 s: one session with a timeout of 1800 s, two with one of 1200 s; and two events at one moment.
GAP = later(
    click("2025-03-11 00:35:00", "d3", None), click("2025-03-11 00:35:00", "d3", None, "buy"), file="fourth"
).records
LAST = later(click("2025-03-10 12:05:00"), order("o8", "2", "2025-03-12 10:00:00"), file="third").records
BUILD_OF_ALL, BUILD_OF_DEV = Habit(), Habit(target=DEV)
CLONED = Habit(CLONE, DEV)


def deferred(*selected: str, words: tuple[str, ...] = ()) -> Habit:
    """A part of dev that reads all else from production."""
    return of(*selected, words=(*words, DEFER), target=DEV)


def only(records: tuple[Record, ...], *habits: Habit, settings: Settings | None = None) -> tuple[Step, ...]:
    """Records, and commands after it."""
    changed = {"settings": settings} if settings else {}
    return (Step(records, habits[0], **changed), *[Step((), habit, **changed) for habit in habits[1:]])


# What is selected is in the web, so that they can be played with its models alone.
NAMED_HABITS: dict[str, tuple[Step, ...]] = {
    "builds and nothing else": (*only(NEXT, BUILD_OF_ALL), *only(LAST, BUILD_OF_ALL, BUILD_OF_DEV)),
    "parts are built in the wrong order": (
        *only(NEXT, of("fct_web_sessions"), of("int_web__session_days"), of("base_web__events")),
        *only(LAST, of("fct_web_sessions+"), BUILD_OF_ALL),
    ),
    "everything is built empty": only(NEXT, of(words=(EMPTY,)), BUILD_OF_ALL),
    "marts are built empty": only(NEXT, of("path:models/marts/web", words=(EMPTY,)), BUILD_OF_ALL),
    "a sample is built": only(NEXT, of(words=(SAMPLE, "3 days")), BUILD_OF_ALL),
    "sessions are built in full and nothing else": only(NEXT, of("int_web__session_days", words=(FULL,)), BUILD_OF_ALL),
    "a model in the middle is built in full before its list": only(
        NEXT, of("base_web__events"), of("int_web__session_days", words=(FULL,)), BUILD_OF_ALL
    ),
    "base_ is built in full and nothing else": only(NEXT, of("base_web__events", words=(FULL,)), BUILD_OF_ALL),
    "a mart is built in full between two builds": only(NEXT, of("fct_web_sessions", words=(FULL,)), BUILD_OF_ALL),
    "dev has a mart, and production goes on": (
        *only((), deferred("fct_web_sessions")),
        *only(NEXT, BUILD_OF_ALL, deferred("fct_web_sessions"), BUILD_OF_DEV),
    ),
    "dev has a mart, and prefers production": (
        *only(NEXT, deferred("path:models/intermediate/web", "fct_web_sessions")),
        *only(LAST, BUILD_OF_ALL, deferred("fct_web_sessions", words=(FAVOR_STATE,)), BUILD_OF_DEV),
    ),
    "dev has a view of production's table, and then a table of its own": (
        *only((), deferred("stg_web__events", "int_web__session_days")),
        *only(NEXT, BUILD_OF_DEV),
        *only(LAST, BUILD_OF_DEV),
    ),
    "dev is built empty, deferred": (
        *only(NEXT, deferred("path:models/intermediate/web", words=(EMPTY,)), BUILD_OF_DEV),
        *only(LAST, BUILD_OF_ALL, BUILD_OF_DEV),
    ),
    "dev is a clone": (*only(NEXT, CLONED, BUILD_OF_DEV), *only(LAST, BUILD_OF_DEV, BUILD_OF_ALL)),
    "dev is a clone of which a part is built": (
        *only(NEXT, BUILD_OF_ALL, CLONED, deferred("fct_web_sessions")),
        *only(LAST, BUILD_OF_ALL, deferred("path:models/intermediate/web"), BUILD_OF_DEV),
    ),
    "a build is killed, and the next one too": only(
        NEXT,
        Habit(BUILD, PROD, Trouble("killed", 8)),
        Habit(BUILD, PROD, Trouble("killed", 5, done=True)),
        BUILD_OF_ALL,
    ),
    "a statement fails, and dbt retry": (
        *only(NEXT, Habit(BUILD, PROD, Trouble("fails", 9, is_retried=True))),
        *only(LAST, Habit(BUILD, PROD, Trouble("fails", 6, done=True, is_retried=True)), BUILD_OF_ALL),
    ),
    "a test fails once, and dbt retry": (
        *only(NEXT, Habit(BUILD_WITH_A_TEST, PROD, Trouble("test fails", is_retried=True))),
        *only(LAST, BUILD_OF_ALL),
    ),
    "a test fails once, and the next build comes": (
        *only(NEXT, Habit(BUILD_WITH_A_TEST, PROD, Trouble("test fails")), BUILD_OF_ALL),
    ),
    "a variable changes and changes back": (
        *only(GAP, BUILD_OF_ALL),
        *only(NEXT, BUILD_OF_ALL, BUILD_OF_ALL, settings=SHORTER_SESSIONS),
        *only(LAST, BUILD_OF_ALL),
    ),
    "a part is built with another variable": (
        *only(GAP, BUILD_OF_ALL),
        *only(NEXT, of("int_web__session_days"), settings=SHORTER_SESSIONS),
        *only(LAST, BUILD_OF_ALL),
    ),
    "a model changes and changes back": (
        *only(GAP, BUILD_OF_ALL),
        *only(NEXT, BUILD_OF_ALL, settings=ONE_MORE),
        *only(LAST, BUILD_OF_ALL),
    ),
    "a model changes only in dev": (
        *only(GAP, BUILD_OF_ALL),
        *only(NEXT, deferred("fct_web_sessions"), settings=ONE_MORE),
        *only(LAST, BUILD_OF_ALL, deferred("fct_web_sessions"), BUILD_OF_DEV),
    ),
    "base_ changes and changes back": (
        *only(NEXT, BUILD_OF_ALL, settings=Settings(model="clients in capitals")),
        *only(LAST, BUILD_OF_ALL),
    ),
    "a comment changes": only(NEXT, BUILD_OF_ALL, BUILD_OF_DEV, settings=Settings(model="another comment")),
}


def named_habit(name: str) -> History:
    """A first build, and what comes after it."""
    return History((Step(BACKGROUND.records), *NAMED_HABITS[name]))


# What no other test is about, for `make test`.
IN_SHORT = ("a test fails once, and dbt retry",)
