"""Small vectorised building blocks on Arrow arrays."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def overwrite(values: pa.Array, mask: np.ndarray, replacements: pa.Array) -> pa.Array:
    """`values` with the places where `mask` holds taken, in order, from `replacements`."""
    return pc.replace_with_mask(values, pa.array(mask), replacements) if mask.any() else values


def blank(values: pa.Array, mask: np.ndarray) -> pa.Array:
    """`values` with nulls where `mask` holds."""
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)


def choose(words: Sequence[str | None], index: np.ndarray) -> pa.Array:
    """The word for each index."""
    return pa.array(words, pa.string()).take(pa.array(index))


def join(*parts: pa.Array | str) -> pa.Array:
    """The parts, element by element, as one text without separator."""
    return pc.binary_join_element_wise(*parts, "")


def number(values: np.ndarray, digits: int = 0) -> pa.Array:
    """Integers as text, padded with zeros to `digits`."""
    text = pa.array(values).cast(pa.string())
    return pc.utf8_lpad(text, digits, "0") if digits else text


def weighted(rng: np.random.Generator, weights: Sequence[int], count: int) -> np.ndarray:
    """`count` indices, each drawn with the given integer weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges, rng.integers(0, edges[-1], count), side="right")


def spoil(
    columns: dict[str, pa.Array], mask: np.ndarray, kind: np.ndarray, faults: Sequence[dict[str, str | None]]
) -> None:
    """Put the fault `faults[kind]` (column -> broken value) into the rows where `mask` holds, in place."""
    for name in {name for fault in faults for name in fault}:
        affected = mask & np.array([name in fault for fault in faults])[kind]
        values = [fault.get(name) for fault in faults]
        columns[name] = overwrite(columns[name], affected, choose(values, kind[affected]))


def lines(values: pa.Array, end: str) -> pa.Buffer:
    """The texts as bytes, with `end` between them and none after the last."""
    every = pa.ListArray.from_arrays([0, len(values)], values)
    return pc.binary_join(every, end)[0].as_buffer()
