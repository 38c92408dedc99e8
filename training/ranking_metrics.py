"""What a ranking is worth beside its hits: diversity, novelty and reach; each defined here once."""

import numpy as np

from features.history.columns import Bools, Floats, Ints


def average_precision_at_k(hits: Floats, n_relevant: int, k: int = 10) -> float:
    """Mean precision at each hit among the first `k`, over the hits that could be there.

    >>> average_precision_at_k(np.array([1.0, 0.0, 1.0]), 2)
    0.8333333333333333
    """
    hits = hits[:k]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision @ hits / min(n_relevant, k))


def recall_at_k(hits: Floats, n_relevant: int, k: int = 10) -> float:
    """The share of what is relevant that stands among the first `k`.

    >>> recall_at_k(np.array([1.0, 0.0]), 2)
    0.5
    """
    return float(hits[:k].sum() / n_relevant)


def diversity(similarity: Floats, items: Ints) -> float:
    """Mean dissimilarity (1 - similarity) of the pairs in one list; NaN for fewer than two.

    `similarity` is items x items, in [0, 1] with ones on its diagonal. Ziegler et al. (2005).

    >>> diversity(np.array([[1.0, 0.25], [0.25, 1.0]]), np.array([0, 1]))
    0.75
    """
    n = len(items)
    if n < 2:
        return float("nan")
    inside = similarity[np.ix_(items, items)]
    return float(1 - (inside.sum() - n) / (n * (n - 1)))


def novelty(n_registered: Floats, n_people: int) -> float:
    """Mean surprise -log2(popularity) of a list's activities, in bits; NaN for an empty list.

    Popularity is the share of people who had registered, one more of each so that none is 0.

    >>> novelty(np.array([0.0, 3.0]), 7)
    2.0
    """
    if not len(n_registered):
        return float("nan")
    return float(-np.log2((n_registered + 1) / (n_people + 1)).mean())


def reached(exposure: Ints) -> float:
    """The share of activities that are shown to someone, from how often each is shown.

    >>> reached(np.array([3, 0]))
    0.5
    """
    return float((exposure > 0).mean()) if len(exposure) else float("nan")


def gini(exposure: Ints) -> float:
    """How unevenly activities are shown: 0 all alike, near 1 one alone; NaN if none is.

    >>> gini(np.array([2, 2])), gini(np.array([0, 4]))
    (0.0, 0.5)
    """
    n, total = len(exposure), exposure.sum()
    if not total:
        return float("nan")
    place = 2 * np.arange(1, n + 1) - n - 1
    return float(place @ np.sort(exposure) / (n * total))


def similarities(blocks: list[Floats]) -> Floats:
    """Mean cosine over the blocks of attributes (activities x names) that both activities have.

    Two activities without a block in common are alike in nothing; each is like itself.
    """
    n = len(blocks[0])
    total, shared = np.zeros((n, n)), np.zeros((n, n))
    for block in blocks:
        length = np.linalg.norm(block, axis=1, keepdims=True)
        unit = np.divide(block, length, out=np.zeros_like(block), where=length > 0)
        known: Bools = length[:, 0] > 0
        total += unit @ unit.T
        shared += np.outer(known, known)
    found: Floats = np.divide(total, shared, out=np.zeros_like(total), where=shared > 0)
    np.fill_diagonal(found, 1.0)
    return np.clip(found, 0.0, 1.0)
