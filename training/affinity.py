"""LightFM over identities and attributes: affinity also for new people and new activities.

Fits are made at cutoffs as time goes; a row's affinity comes from the newest fit whose cutoff is
not after its moment, so no row is scored by a fit that saw its outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.history.answers import REGISTERED, Records
from features.history.columns import DAY, Ints, Strings, positions
from features.history.history import History

SETTINGS = {"no_components": 16, "loss": "warp", "learning_rate": 0.05, "item_alpha": 1e-5,
            "user_alpha": 1e-5, "random_state": 1}  # fmt: skip
MIN_POSITIVES = 50
MAX_POSITIVES = 60_000
EPOCHS = 8
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class AffinityFit:
    """Embeddings fitted on what was known before the cutoff; the last column is the bias.

    Only activities that had started by then count: what is asked about starts later, so that no
    answer to it is in. `identity` has a row per id in `employee_ids`; `employee_attribute` and
    `activity_attribute` a
    row per name. An activity is always scored by its attributes: each one is new.
    """

    cutoff: int
    employee_ids: Strings
    identity: Matrix
    employee_names: Strings
    employee_attribute: Matrix
    activity_names: Strings
    activity_attribute: Matrix

    def people(self, history: History, at: int) -> Matrix:
        """Each employee's vector as of `at`, new people by their attributes alone."""
        matrix, names = employee_attributes(history, at)
        place = positions(self.employee_names, names)
        known = np.flatnonzero(place >= 0)
        vectors = matrix[:, known] @ self.employee_attribute[place[known]]
        place = positions(self.employee_ids, history.people.ids)
        vectors[place >= 0] += self.identity[place[place >= 0]]
        n_attributes = np.asarray((matrix > 0).sum(axis=1)).ravel()
        found: Matrix = (vectors / (1 + n_attributes)[:, None]).astype(np.float32)
        return found

    def activity(self, history: History, row: int) -> Matrix:
        """The vector of an activity's row, by its attributes."""
        found = activity_attributes(history, row)
        place = positions(self.activity_names, np.array([name for name, _ in found], dtype=object))
        weight = np.array([value for _, value in found], dtype=np.float32)[place >= 0]
        vector: Matrix = weight @ self.activity_attribute[place[place >= 0]]
        return vector / max(float(weight.sum()), 1e-9)

    def scores(self, people: Matrix, activity: Matrix) -> Matrix:
        """Affinity of the people's vectors to the activity's."""
        found: Matrix = people[:, :-1] @ activity[:-1] + people[:, -1] + activity[-1]
        return found


def activity_attributes(history: History, row: int) -> list[tuple[str, float]]:
    """(name, weight) of what describes an activity's row to LightFM: all but its identity."""
    activities = history.activities
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


def employee_attributes(history: History, at: int) -> tuple[sparse.csr_matrix, Strings]:
    """(employees x attributes, names): function, city, level, groups and what surveys say.

    Strictly before `at`.
    """
    people, n = history.people, history.n_employees
    parts, names = [], []
    for dimension in ("function", "city", "level"):
        code, values = people.team_codes(dimension, at - 1)
        parts.append(_ones(np.flatnonzero(code >= 0), code[code >= 0], (n, len(values))))
        names += [f"{dimension}:{value}" for value in values]
    members = people.members_at(at - 1)
    shape = (n, len(people.group_ids))
    parts.append(_ones(people.member[members], people.group[members], shape))
    names += [f"group:{value}" for value in people.group_ids]
    surveys = history.surveys
    liked = np.flatnonzero((surveys.known < at) & (surveys.rating >= 4))
    shape = (n, len(surveys.topics))
    parts.append(_ones(surveys.employee[liked], surveys.topic[liked], shape))
    names += [f"topic:{value}" for value in surveys.topics]
    return sparse.hstack(parts).tocsr(), np.array(names, dtype=object)


def fit_affinity(history: History, cutoff: int) -> AffinityFit | None:
    """LightFM on the registrations known before the cutoff; None where there are too few.

    On attendance where no registration is on record.

    Whoever refuses profiling is in no fit.
    """
    import lightfm

    positive = _positives(history, cutoff)
    if len(positive.employee) < MIN_POSITIVES:
        return None
    # whoever and whatever comes later must not change the draws that the fit begins with
    known_people = np.unique(positive.employee)
    known_activities = np.unique(positive.activity)
    ones = np.ones(len(positive.employee), dtype=np.float32)
    at = (np.searchsorted(known_people, positive.employee),
          np.searchsorted(known_activities, positive.activity))  # fmt: skip
    shape = (len(known_people), len(known_activities))
    interactions = sparse.coo_matrix((ones, at), shape=shape)
    interactions.sum_duplicates()
    interactions.data[:] = 1
    people, employee_names = _used(*employee_attributes(history, cutoff), known_people)
    activities, activity_names = _activity_matrix(history, cutoff, known_activities)
    model = lightfm.LightFM(**SETTINGS)
    # one thread: two give results that differ from run to run
    model.fit(interactions, user_features=_with_identity(people),
              item_features=_with_identity(activities), epochs=EPOCHS, num_threads=1)  # fmt: skip
    users = np.column_stack([model.user_embeddings, model.user_biases]).astype(np.float32)
    items = np.column_stack([model.item_embeddings, model.item_biases]).astype(np.float32)
    n_people = len(known_people)
    return AffinityFit(
        cutoff, history.people.ids[known_people], users[:n_people], employee_names,
        users[n_people:], activity_names, items[len(known_activities) :],
    )  # fmt: skip


def _positives(history: History, cutoff: int) -> Records:
    answers, came = (part.before(cutoff) for part in (history.answers.answers,
                                                      history.answers.attended))  # fmt: skip
    # some companies record attendance alone
    some = answers.where(answers.code == REGISTERED)
    some = some if len(some.employee) else came
    activities = history.activities
    started = activities.starts[activities.rows_at(cutoff - 1)] < cutoff
    positive = some.where(started[some.activity] & ~history.refuses(cutoff - 1)[some.employee])
    n = len(positive.employee)
    if n > MAX_POSITIVES:
        chosen = np.random.default_rng(1).permutation(n) < MAX_POSITIVES
        positive = positive.where(chosen)
    return positive


def fit_as_time_goes(history: History, cutoffs: Sequence[int]) -> list[AffinityFit]:
    """One fit per cutoff that has enough to fit on, in order."""
    fits = (fit_affinity(history, cutoff) for cutoff in sorted(cutoffs))
    return [fit for fit in fits if fit is not None]


def newest_before(fits: Sequence[AffinityFit], as_of: int) -> AffinityFit | None:
    """The newest fit whose cutoff is not after the moment."""
    usable = [fit for fit in fits if fit.cutoff <= as_of]
    return max(usable, key=lambda fit: fit.cutoff) if usable else None


def quarterly(start: int, end: int) -> list[int]:
    """Cutoffs every 91 days from `start`, up to and including the last before `end`, and `end`."""
    return [*range(start, end, 91 * DAY), end]


def _used(
    matrix: sparse.csr_matrix, names: Strings, rows: Ints
) -> tuple[sparse.csr_matrix, Strings]:
    """The rows chosen, with the attributes that any of them has."""
    chosen = matrix[rows]
    used = np.flatnonzero(np.asarray(chosen.sum(axis=0)).ravel() > 0)
    return chosen[:, used], names[used]


def _activity_matrix(
    history: History, cutoff: int, chosen: Ints
) -> tuple[sparse.csr_matrix, Strings]:
    """(the chosen activities x attributes, names), from the rows known before the cutoff."""
    rows = history.activities.rows_at(cutoff - 1)[chosen]
    described = [activity_attributes(history, int(row)) for row in rows]
    names = sorted({name for found in described for name, _ in found})
    column = {name: number for number, name in enumerate(names)}
    at = [number for number, found in enumerate(described) for _ in found]
    columns = [column[name] for found in described for name, _ in found]
    values = [value for found in described for _, value in found]
    matrix = sparse.csr_matrix((values, (at, columns)), shape=(len(described), len(names)))
    return matrix, np.array(names, dtype=object)


def _with_identity(attributes: sparse.csr_matrix) -> sparse.csr_matrix:
    """Identities beside attributes, each row summing to one."""
    both = sparse.hstack([sparse.eye(attributes.shape[0]), attributes]).tocsr()
    scale = sparse.diags(1 / np.asarray(both.sum(axis=1)).ravel())
    return (scale @ both).tocsr().astype(np.float32)


def _ones(rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.data[:] = 1
    return matrix
