"""Who acts: the users that exist at a time, the hot one, and ids that no users table knows."""

import numpy as np

from datagen.dials import Dials
from datagen.span import DAY, SECOND, Span

# The user that --hot-key-share sends traffic to (or the last one, when there are fewer).
HOT_USER = 7


def hot_user(dials: Dials) -> int:
    """The id of the hot user."""
    return min(HOT_USER, dials.users)


def present_at_start(dials: Dials) -> int:
    """How many users exist before the first day; the others join during the span."""
    return max(1, dials.users * 6 // 10)


def created(ids: np.ndarray, dials: Dials, span: Span) -> np.ndarray:
    """When each user joined (microseconds since the first day, whole seconds): ids grow with time."""
    before = present_at_start(dials)
    joining = max(1, dials.users - before)
    earlier = (ids - before) * (365 * DAY // before)
    slot = span.end // joining
    later = (ids - before - 1) * slot + ids * 7919 * SECOND % slot
    return np.where(ids <= before, earlier - DAY // 3, later) // SECOND * SECOND


def strangers(dials: Dials) -> int:
    """How many ids are in use that no users table knows; they follow those of the users."""
    return max(10, dials.users // 20)


def actors(rng: np.random.Generator, times: np.ndarray, dials: Dials, span: Span) -> np.ndarray:
    """One user id for each time: someone who has joined by then, the hot user, or an unknown one."""
    before = present_at_start(dials)
    present = before + (dials.users - before) * (times // DAY) // max(1, span.end // DAY)
    count = len(times)
    ids = 1 + (rng.random(count) * present).astype(np.int64)
    ids[rng.random(count) < dials.hot_key_share] = hot_user(dials)
    unknown = dials.users + 1 + rng.integers(0, strangers(dials), count)
    return np.where(rng.random(count) < dials.unknown_user_share, unknown, ids)
