"""How alike designs of activities are, in what an organiser decides; each likeness in 0 to 1."""

import numpy as np
from scipy import sparse

from features.history.activity import Activities
from features.history.columns import DAY, NEVER, Floats, Ints

CODED = ("template", "mode", "format", "place_id", "city", "audience")


def designs_alike(activities: Activities, rows: Ints) -> dict[str, Floats]:
    """Per thing that an organiser decides, rows x rows; two designs that do not say are alike.

    Template, tags, text (title and description), mode, format, place_id, city, audience, slot
    (hour and weekday), reward (by ratio of points), notice (by ratio of days).
    """
    found = {name: _same(activities.coded[name][0][rows]) for name in CODED}
    found["tags"] = _cosine(activities.tags[rows])
    found["text"] = _cosine(activities.words[rows])
    gap = np.abs(np.subtract.outer(activities.local_hour[rows], activities.local_hour[rows]))
    near_hour = np.exp(-((np.minimum(gap, 24 - gap) / 2.0) ** 2))
    found["slot"] = (0.3 + 0.7 * _same(activities.weekday[rows])) * near_hour
    found["reward"] = _by_ratio(np.nan_to_num(activities.reward_points[rows]))
    starts, announced = activities.starts[rows], activities.announced[rows]
    days = np.where(announced == NEVER, 0, (starts - np.minimum(announced, starts)) / DAY)
    found["notice"] = _by_ratio(days)
    return found


def _same(codes: Ints) -> Floats:
    found: Floats = np.equal.outer(codes, codes).astype(float)
    return found


def _by_ratio(values: Floats) -> Floats:
    logs = np.log1p(values)
    found: Floats = np.exp(-np.abs(np.subtract.outer(logs, logs)))
    return found


def _cosine(matrix: sparse.csr_matrix) -> Floats:
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scaled = (sparse.diags(1 / np.where(norm > 0, norm, 1)) @ matrix).tocsr()
    found: Floats = (scaled @ scaled.T).toarray()
    # without tags on both sides nothing tells the two apart
    found[np.outer(norm == 0, norm == 0)] = 1.0
    return np.clip(found, 0, 1)
