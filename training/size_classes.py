"""Classes of sizes and of tenure, for people to read."""

import itertools
from collections.abc import Sequence

import numpy as np

from features.history.columns import Floats

SIZE_EDGES = (0, 5, 10, 20, 50, 200, 1000)
TENURE_EDGES = (0, 90, 365, 3 * 365)


def classes(values: Floats, edges: Sequence[int]) -> np.ndarray:
    """The class of each value between edges, as "low-high" or "low+", by which they sort too.

    >>> classes(np.array([3.0, 250.0]), (0, 5, 200)).tolist()
    ['0-4', '200+']
    """
    names = [f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)]
    names.append(f"{edges[-1]}+")
    return np.array(names)[np.clip(np.searchsorted(edges, values, side="right") - 1, 0, None)]


def lower_edge(name: str) -> int:
    """Where a class begins, by which classes sort."""
    return int(name.rstrip("+").split("-")[0])
