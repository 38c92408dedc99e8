"""A moment moved on: what became known since is worked in, all else is taken over."""

from dataclasses import replace
from typing import Any

import numpy as np

from features.history.answers import Records
from features.history.columns import DAY, Bools, Ints
from features.history.history import History
from features.pairs.moment import OF_PEOPLE, Float32s, Moment

# what a few more answers cannot change; turnout is a regression over all activities held, which is
# fitted anew once another one was held
UNMOVED = ("activity_rows", "held", "described", "elsewhere", "turnout", "expected", "away",
           "weighted_words", "weighted_titles", "rare_words", "rare_titles",
           *(name for name in OF_PEOPLE if name != "last_answers"))  # fmt: skip
# arrays, or pairs of such, with a column (or an entry, or a row) for each past activity
BY_COLUMN = ("state", "came", "yes", "declined", "asked", "registered_then", "attended",
             "surplus", "group_counts", "tie_counts", "group_surplus")  # fmt: skip
BY_ENTRY = ("records_attendance", "attendance", "totals", "yes_by_activity")
TIES_DAYS = 90


def advanced(moment: Moment, history: History, as_of: int) -> Moment:
    """The moment `as_of` of a history that has more answers than the given moment's.

    All that was computed there is computed here, for the activities answered since alone. Where
    people moved, or another activity was held or described anew, all has to be computed again.
    """
    found = Moment(history, as_of)
    since = _since(moment, history, as_of)
    if since is None or not _alike(moment, found):
        return found
    vars(found).update({name: vars(moment)[name] for name in UNMOVED if name in vars(moment)})
    if "state" not in vars(moment):
        return found
    vars(found)["answers"] = _in_order(moment.answers, since[0])
    touched = np.unique(np.concatenate([records.activity for records in since]))
    changed = np.flatnonzero(np.isin(found.past, touched))
    place = np.searchsorted(found.past, moment.past)
    if np.array_equal(found.past, moment.past):
        vars(found)["likenesses"] = moment.likenesses
    vars(found).update(_merged(moment, _narrow(found, changed), changed, place, len(found.past)))
    if "shared" in vars(moment):
        vars(found)["shared"] = _shared(moment, found, changed, place)
    return found


def _since(moment: Moment, history: History, as_of: int) -> tuple[Records, Records] | None:
    """(answers, attendances) known since the moment; None where others came in between."""
    if history.people is not moment.history.people:
        return None
    if history.activities is not moment.history.activities:
        return None
    found = []
    for name in ("answers", "attended"):
        before = getattr(moment.history.answers, name).before(moment.as_of)
        now = getattr(history.answers, name).before(as_of)
        n = len(before.known)
        if not np.array_equal(now.employee[:n], before.employee) or not np.array_equal(
            now.occurred[:n], before.occurred
        ):
            return None
        found.append(Records(*(column[n:] for column in vars(now).values())))
    return found[0], found[1]


def _alike(moment: Moment, later: Moment) -> bool:
    """Whether people, ties and what is known of activities are the same at both moments."""
    people, ties = moment.history.people, moment.history.ties
    one, other = moment.as_of, later.as_of
    spans = [np.searchsorted(ties.known, (at - TIES_DAYS * DAY, at)) for at in (one, other)]
    pairs = [
        (moment.activity_rows, later.activity_rows),
        (moment.held, later.held),
        (people.rows_at(one - 1), people.rows_at(other - 1)),
        (people.members_at(one - 1), people.members_at(other - 1)),
        (spans[0], spans[1]),
    ]
    return all(np.array_equal(*pair) for pair in pairs)


def _in_order(answers: Records, more: Records) -> Records:
    """Answers with more of them, in the order in which they were given."""
    more = more.by_occurrence()
    both = Records(*(np.concatenate(pair) for pair in zip(
        vars(answers).values(), vars(more).values(), strict=True)))  # fmt: skip
    n = len(answers.occurred)
    if not n or not len(more.occurred) or answers.occurred[-1] <= more.occurred[0]:
        return both
    return both.by_occurrence()


def _narrow(moment: Moment, columns: Ints) -> Moment:
    """The same moment over some of its past activities alone."""
    found = replace(moment)
    vars(found).update({name: vars(moment)[name] for name in UNMOVED if name in vars(moment)})
    vars(found).update(answers=moment.answers, past=moment.past[columns])
    return found


def _merged(
    moment: Moment, narrow: Moment, changed: Ints, place: Ints, n: int
) -> dict[str, object]:
    """What the moment had computed, over `n` past activities, those `changed` as in `narrow`.

    `place` gives the former activities' positions among the n.
    """
    kept = ~np.isin(place, changed)
    found: dict[str, object] = {}
    for axis, names in ((1, BY_COLUMN), (0, BY_ENTRY)):
        for name in names:
            if name in vars(moment):
                before, new = vars(moment)[name], getattr(narrow, name)
                found[name] = _spliced(before, new, axis, (changed, place, kept, n))
    if "n_asked" in vars(moment):
        found["n_asked"] = moment.n_asked + narrow.n_asked - _n_asked(moment, ~kept)
    return found


def _n_asked(moment: Moment, columns: Bools) -> Ints:
    asked: Ints = moment.asked[:, columns].sum(axis=1).astype(np.int64)
    return asked


def _spliced(
    before: object, new: object, axis: int, where: tuple[Ints, Ints, Bools, int]
) -> object:
    if isinstance(before, tuple) and isinstance(new, tuple):
        return tuple(_spliced(*pair, axis, where) for pair in zip(before, new, strict=True))
    assert isinstance(before, np.ndarray)  # noqa: S101
    changed, place, kept, n = where
    shape = list(before.shape)
    shape[axis] = n
    if n == before.shape[axis]:
        found = before.copy()
    else:
        found = np.zeros(shape, dtype=before.dtype)
        found[_at(axis, place[kept])] = before[_at(axis, np.flatnonzero(kept))]
    found[_at(axis, changed)] = new
    return found


def _at(axis: int, positions: Ints) -> Any:
    return (slice(None), positions) if axis else positions


def _shared(moment: Moment, later: Moment, changed: Ints, place: Ints) -> tuple[Float32s, Float32s]:
    """What people share at the later moment: rows and columns of changed activities anew."""
    n, found = len(later.past), []
    new_yes = later.yes[:, changed]
    for before, counted in zip(moment.shared, (later.yes, later.asked), strict=True):
        square = np.zeros((n, n), dtype=np.float32)
        square[np.ix_(place, place)] = before
        square[changed] = new_yes.T @ counted
        square[:, changed] = later.yes.T @ counted[:, changed]
        found.append(square)
    return found[0], found[1]
