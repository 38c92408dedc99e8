"""A draft's moment takes over what was computed; every feature is as if it had not."""

from datetime import timedelta

import numpy as np
import pytest

from features.history.columns import moment
from features.pairs.features import pair_features
from features.pairs.moment import OF_PEOPLE, OF_THE_PAST, Moment, with_draft


def draft(as_of, activity_id="what-if", **more):
    """A draft that starts a week after the moment."""
    at = moment(as_of) + timedelta(days=7)
    return {"activity_id": activity_id, "title": "quiz", "timezone": "UTC", "starts_at": at,
            "announced_at": moment(as_of)} | more  # fmt: skip


def middle(history):
    """A moment at which about half of the activities have started."""
    return int(np.quantile(history.activities.starts[history.activities.last_rows], 0.5)) + 1


@pytest.mark.parametrize("stage", ["launch", "open"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["new", "with names never seen", "in place of one"])
def test_features_are_those_of_a_moment_computed_anew(messy_records, history_of, seed, stage, kind):
    history = history_of(messy_records(seed))
    as_of = middle(history)
    base = Moment(history, as_of)
    for name in (*OF_PEOPLE, *OF_THE_PAST, "turnout"):
        getattr(base, name)
    more = {"with names never seen": {"tags": '{"never": 0.7}', "template": "never"}}
    coming = np.flatnonzero(~base.held)
    other = str(history.activities.ids[coming[0] if len(coming) else 0])
    given = other if kind == "in place of one" else "what-if"
    changed, activity = history.with_activity(draft(as_of, given, **more.get(kind, {})))
    everyone = np.arange(history.n_employees)
    shared = pair_features(with_draft(base, changed), activity, everyone, stage)
    anew = pair_features(Moment(changed, as_of), activity, everyone, stage)
    assert list(shared) == list(anew)
    for name, values in anew.items():
        np.testing.assert_allclose(shared[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
