"""users and active_users: who exists, and what the identity system says about them, as change records."""

import numpy as np
import pyarrow as pa

from datagen.arrow import blank, choose, join, number, spoil
from datagen.chunks import Chunk, Maker
from datagen.people import created
from datagen.span import DAY, HOUR, SECOND

FIRST_NAMES = (
    *("Alice", "Bob", "Charlie", "Diana", "Eve", "Frank", "Grace", "Heidi"),
    *("Ivan", "Judy", "Karl", "Laura", "Mehmet", "Nadia", "Oskar", "Priya"),
    *("Quentin", "Rosa", "Sven", "Teresa", "Ursula", "Victor", "Wanda", "Xavier"),
    *("Yuki", "Zoë", "Jürgen", "Chloé", "Søren", "Łukasz", "Ana", "Bruno"),
)
LAST_NAMES = ("", "Meyer", "Rossi", "Dubois", "Novak", "García", "Jensen", "Kowalska", "O'Brien", "van Dijk", "Tanaka")
NEW_LAST_NAME = " Sommer"
COUNTRIES = ("DE", "FR", "ES", "IT", "NL", "PL", "SE", "AT")
NULL_EMAIL_SHARE = 0.03
# Share of users with a first change, and of those with a second one; how the second one follows the first.
CHANGE_SHARE, SECOND_CHANGE_SHARE = 0.3, 0.4
SAME_DAY_SHARE, TIE_SHARE = 0.4, 0.15
# Share of active users that were inactive for a while.
BREAK_SHARE = 0.06
RENAMED, MOVED, NEW_EMAIL = 0, 1, 2

USER_FAULTS: tuple[dict[str, str | None], ...] = (
    {"user_id": None},
    {"user_id": "x1"},
    {"user_name": None},
    {"updated_at": "yesterday"},
    {"updated_at": None},
)
ACTIVE_FAULTS: tuple[dict[str, str | None], ...] = (
    {"user_id": None},
    {"user_id": "x1"},
    {"is_active": "maybe"},
    {"is_active": None},
    {"updated_at": "yesterday"},
)


class People(Maker):
    """What the two tables share: they are made for ranges of user ids."""

    extension = "csv"

    @property
    def total(self) -> int:
        return self.dials.users

    def changes(self, rng: np.random.Generator, joined: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Times of a possible first and second change of users: some on one day, some at the very same time."""
        count = len(joined)
        begin = np.maximum(joined, 0)
        first = begin + (rng.random(count) * (self.span.end - begin)).astype(np.int64) // SECOND * SECOND
        later = first + (rng.random(count) * (self.span.end - first)).astype(np.int64) // SECOND * SECOND
        same_day = np.minimum(first + rng.integers(1, 6 * 3600, count) * SECOND, first // DAY * DAY + DAY - SECOND)
        how = rng.random(count)
        second = np.where(how < SAME_DAY_SHARE, same_day, np.where(how < SAME_DAY_SHARE + TIE_SHARE, first, later))
        return np.minimum(first, self.span.end - SECOND), np.minimum(second, self.span.end - SECOND)

    def in_order(self, rng: np.random.Generator, updated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows in order of arrival, and their arrival hours."""
        hours = self.span.arrival_hours(rng, updated, self.dials.late_share, self.dials.late_hours)
        order = np.lexsort((updated, hours))
        return order, hours[order]


class Users(People):
    """Users: name, email and country change over time."""

    table = "users"

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        ids = chunk.first + 1 + np.arange(chunk.count)
        joined = created(ids, self.dials, self.span)
        first, second = self.changes(rng, joined)
        changes = (rng.random(chunk.count) < CHANGE_SHARE) * 1
        changes += changes * (rng.random(chunk.count) < SECOND_CHANGE_SHARE)
        kind = rng.integers(0, 3, chunk.count)
        no_email = rng.random(chunk.count) < NULL_EMAIL_SHARE

        once, again = np.flatnonzero(changes >= 1), np.flatnonzero(changes == 2)
        who = np.concatenate([np.arange(chunk.count), once, again])
        version = np.repeat([0, 1, 2], [chunk.count, len(once), len(again)])
        updated = np.concatenate([joined, first[once], second[again]])
        order, hours = self.in_order(rng, updated)
        who, version, updated = who[order], version[order], updated[order]

        # The first change is of `kind`, the second of the next kind.
        did = {
            what: (version >= 1) & (kind[who] == what) | (version == 2) & ((kind[who] + 1) % 3 == what)
            for what in (RENAMED, MOVED, NEW_EMAIL)
        }
        index = ids[who] - 1
        last = choose([f" {name}" if name else "" for name in LAST_NAMES], index // len(FIRST_NAMES) % len(LAST_NAMES))
        renamed = choose(["", NEW_LAST_NAME], did[RENAMED] * 1)
        email = join("user", number(ids[who]), choose(["@example.com", "@example.org"], did[NEW_EMAIL] * 1))
        columns = {
            "user_id": number(ids[who]),
            "user_name": join(choose(FIRST_NAMES, index % len(FIRST_NAMES)), last, renamed),
            "email": blank(email, no_email[who]),
            "country": choose(COUNTRIES, (index * 5 + did[MOVED] * 3) % len(COUNTRIES)),
            "created_at": self.span.plain_text(joined[who]),
            "updated_at": self.span.mixed_text(rng, updated),
        }
        broken = rng.random(len(who)) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(USER_FAULTS), len(who)), USER_FAULTS)
        return self.arrange(columns, hours)


class ActiveUsers(People):
    """The identity system: of the inactive users, half are said to be inactive and half it does not know."""

    table = "active_users"

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        ids = chunk.first + 1 + np.arange(chunk.count)
        joined = created(ids, self.dials, self.span)
        first, second = self.changes(rng, joined)
        inactive = rng.random(chunk.count) < self.dials.inactive_share
        unknown = inactive & (rng.random(chunk.count) < 0.5)
        pauses = ~inactive & (rng.random(chunk.count) < BREAK_SHARE)

        told = np.flatnonzero(~unknown)
        left = np.flatnonzero(inactive & ~unknown | pauses)
        back = np.flatnonzero(pauses)
        who = np.concatenate([told, left, back])
        active = np.repeat([1, 0, 1], [len(told), len(left), len(back)])
        updated = np.concatenate([joined[told] + HOUR // 60, first[left], second[back]])
        order, hours = self.in_order(rng, updated)
        columns = {
            "user_id": number(ids[who[order]]),
            "is_active": choose(["false", "true"], active[order]),
            "updated_at": self.span.plain_text(updated[order]),
        }
        broken = rng.random(len(order)) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(ACTIVE_FAULTS), len(order)), ACTIVE_FAULTS)
        return self.arrange(columns, hours)
