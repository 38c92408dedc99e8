"""LightFM over identities and attributes: affinity also for new people and new activities.

Fits are made at cutoffs as time goes; a row's affinity comes from the newest fit whose cutoff is
not after its moment, so no row is scored by a fit that saw its outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.history.answers import REGISTERED
from features.history.columns import DAY, Ints
from features.history.history import History

SETTINGS = {"no_components": 16, "loss": "warp", "learning_rate": 0.05, "item_alpha": 1e-5,
            "user_alpha": 1e-5, "random_state": 1}  # fmt: skip
MAX_POSITIVES = 60_000
EPOCHS = 8
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class AffinityFit:
    """Representations fitted on what was known before the cutoff.

    Rows of `employee_vectors` and `activity_attributes` go by position in the history that was
    fitted; the last column of the vectors is the bias.
    """

    cutoff: int
    employee_vectors: Matrix
    activity_attributes: Matrix
    names: tuple[str, ...]

    def scores(self, history: History, activity: int, employees: Ints) -> Matrix:
        """Affinity of the employees to the activity, through the activity's attributes alone."""
        values = dict(activity_attributes(history, activity))
        weight = np.array([values.get(name, 0.0) for name in self.names], dtype=np.float32)
        total = weight.sum()
        vector = (weight / total if total > 0 else weight) @ self.activity_attributes
        n_known = len(self.employee_vectors)
        scores = np.zeros(len(employees), dtype=np.float32)
        known = employees < n_known
        people = self.employee_vectors[employees[known]]
        scores[known] = people[:, :-1] @ vector[:-1] + people[:, -1] + vector[-1]
        return scores


def activity_attributes(history: History, activity: int) -> list[tuple[str, float]]:
    """(name, weight) of what describes an activity to LightFM: all but its identity."""
    activities = history.activities
    row = int(activities.last_rows[activity])
    tags = activities.tags[[row]]
    found = [
        (f"tag:{activities.tag_names[tag]}", float(share))
        for tag, share in zip(tags.indices, tags.data, strict=True)
    ]
    for column in ("template", "place_id", "city", "series_id", "audience", "mode"):
        codes, names = activities.coded[column]
        if codes[row] >= 0:
            found.append((f"{column}:{names[codes[row]]}", 1.0))
    hour = int(activities.local_hour[row] // 3)
    found.append((f"slot:{activities.weekday[row]}:{hour}", 1.0))
    return found


def fit_affinity(history: History, cutoff: int) -> AffinityFit | None:
    """LightFM on the registrations known before the cutoff; None where there are too few."""
    import lightfm

    answers = history.answers.answers.before(cutoff)
    positive = answers.where(answers.code == REGISTERED)
    if len(positive.employee) < 50:
        return None
    if len(positive.employee) > MAX_POSITIVES:
        chosen = np.random.default_rng(1).choice(len(positive.employee), MAX_POSITIVES, False)
        kept = np.zeros(len(positive.employee), dtype=bool)
        kept[chosen] = True
        positive = positive.where(kept)
    ones = np.ones(len(positive.employee), dtype=np.float32)
    shape = (history.n_employees, history.n_activities)
    interactions = sparse.coo_matrix((ones, (positive.employee, positive.activity)), shape=shape)
    interactions.sum_duplicates()
    interactions.data[:] = 1
    items, names = _activity_matrix(history)
    people = _employee_matrix(history, cutoff)
    model = lightfm.LightFM(**SETTINGS)
    # one thread: two give results that differ from run to run
    model.fit(interactions, user_features=people, item_features=items, epochs=EPOCHS,
              num_threads=1)  # fmt: skip
    bias, vectors = model.get_user_representations(people)
    employees = np.column_stack([vectors, bias]).astype(np.float32)
    attributes = np.column_stack([model.item_embeddings, model.item_biases])
    return AffinityFit(
        cutoff, employees, attributes[history.n_activities :].astype(np.float32), tuple(names)
    )


def fit_as_time_goes(history: History, cutoffs: Sequence[int]) -> list[AffinityFit]:
    """One fit per cutoff that has enough to fit on, in order."""
    fits = [fit_affinity(history, cutoff) for cutoff in sorted(cutoffs)]
    return [fit for fit in fits if fit is not None]


def newest_before(fits: Sequence[AffinityFit], as_of: int) -> AffinityFit | None:
    """The newest fit whose cutoff is not after the moment."""
    usable = [fit for fit in fits if fit.cutoff <= as_of]
    return max(usable, key=lambda fit: fit.cutoff) if usable else None


def quarterly(start: int, end: int) -> list[int]:
    """Cutoffs every 91 days from `start`, up to and including the last before `end`, and `end`."""
    return [*range(start, end, 91 * DAY), end]


def _activity_matrix(history: History) -> tuple[sparse.csr_matrix, list[str]]:
    """(activities x (identities + attributes), the attributes' names), rows summing to one."""
    described = [activity_attributes(history, a) for a in range(history.n_activities)]
    names = sorted({name for found in described for name, _ in found})
    column = {name: history.n_activities + number for number, name in enumerate(names)}
    rows = [a for a, found in enumerate(described) for _ in found]
    columns = [column[name] for found in described for name, _ in found]
    values = [value for found in described for _, value in found]
    shape = (history.n_activities, history.n_activities + len(names))
    attributes = sparse.csr_matrix((values, (rows, columns)), shape=shape)
    identity = sparse.eye(history.n_activities, shape[1], format="csr")
    return _rows_to_one(attributes + identity), names


def _employee_matrix(history: History, cutoff: int) -> sparse.csr_matrix:
    """Employees x (identities + attributes): function, city, level, groups and stated interests."""
    people, n = history.people, history.n_employees
    parts = [sparse.eye(n, format="csr")]
    for dimension in ("function", "city", "level"):
        code, names = people.team_codes(dimension, cutoff - 1)
        parts.append(_one_hot(np.flatnonzero(code >= 0), code[code >= 0], (n, len(names))))
    members = people.members_at(cutoff - 1)
    parts.append(
        _one_hot(people.member[members], people.group[members], (n, len(people.group_ids)))
    )
    surveys = history.surveys
    liked = np.flatnonzero((surveys.known < cutoff) & (surveys.rating >= 4))
    topics = _one_hot(surveys.employee[liked], surveys.topic[liked], (n, len(surveys.topics)))
    parts.append(topics)
    return _rows_to_one(sparse.hstack(parts).tocsr())


def _one_hot(rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.data[:] = 1
    return matrix


def _rows_to_one(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scaled = sparse.diags(1 / np.where(total > 0, total, 1)) @ matrix
    return scaled.tocsr().astype(np.float32)
