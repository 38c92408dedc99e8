"""How alike designs of activities are, in what an organiser decides; each likeness in 0 to 1."""

import numpy as np
from scipy import sparse

from features.history.activity import Activities
from features.history.columns import DAY, NEVER, Floats, Ints

CODED = ("template", "mode", "format", "place_id", "city", "audience")


def designs_alike(activities: Activities, rows: Ints, others: Ints) -> dict[str, Floats]:
    """Per thing that an organiser decides, rows x others; two designs that do not say are alike.

    Template, tags, text (title and description), mode, format, place_id, city, audience, organiser,
    slot (hour and weekday), reward (by ratio of points, half as much if of another kind), notice
    (by ratio of days).
    """
    both = rows, others
    found = {name: _same(activities.coded[name][0], *both) for name in CODED}
    found["organiser"] = _same(activities.coded["organiser_id"][0], *both)
    found["tags"] = _cosine(activities.tags, *both)
    found["text"] = _cosine(activities.words, *both)
    hour = activities.local_hour
    gap = np.abs(np.subtract.outer(hour[rows], hour[others]))
    near_hour = np.exp(-((np.minimum(gap, 24 - gap) / 2.0) ** 2))
    found["slot"] = (0.3 + 0.7 * _same(activities.weekday, *both)) * near_hour
    same_kind = _same(activities.coded["reward_kind"][0], *both)
    by_points = _by_ratio(np.nan_to_num(activities.reward_points), *both)
    found["reward"] = (0.5 + 0.5 * same_kind) * by_points
    starts, announced = activities.starts, activities.announced
    days = np.where(announced == NEVER, 0, (starts - np.minimum(announced, starts)) / DAY)
    found["notice"] = _by_ratio(days, *both)
    return found


def _same(codes: Ints, rows: Ints, others: Ints) -> Floats:
    found: Floats = np.equal.outer(codes[rows], codes[others]).astype(float)
    return found


def _by_ratio(values: Floats, rows: Ints, others: Ints) -> Floats:
    logs = np.log1p(values)
    found: Floats = np.exp(-np.abs(np.subtract.outer(logs[rows], logs[others])))
    return found


def _cosine(matrix: sparse.csr_matrix, rows: Ints, others: Ints) -> Floats:
    sides = []
    for some in (rows, others):
        side = matrix[some]
        norm = np.sqrt(np.asarray(side.multiply(side).sum(axis=1)).ravel())
        sides.append((side, norm))
    (one, norm), (other, other_norm) = sides
    found: Floats = (one @ other.T).toarray()
    found /= np.outer(np.where(norm > 0, norm, 1), np.where(other_norm > 0, other_norm, 1))
    # without tags on both sides nothing tells the two apart
    found[np.outer(norm == 0, other_norm == 0)] = 1.0
    return np.clip(found, 0, 1)
