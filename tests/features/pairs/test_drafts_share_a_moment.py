"""A draft's moment takes over what was computed; every feature is as if it had not."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.history.activity import BY_ROW, CODED
from features.history.activity import with_draft as activities_with
from features.history.columns import FIRST, NEVER, moment
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["new", "in place of one", "told later"])
def test_a_draft_put_among_the_rows_is_as_if_all_were_read_anew(
    messy_records, history_of, seed, kind
):
    records = messy_records(seed)["activities"]
    given = records[np.random.default_rng(seed).integers(len(records))]
    name = given["activity_id"] if kind == "in place of one" else f"draft-{seed}"
    draft = given | {
        "activity_id": name, "title": "aardvark quiz 篮球 zzz", "tags": '{"a": 0.5, "zz": 0.5}',
        "template": ["aaa", "zzz", None, given.get("template")][seed], "city": None,
        "audience": '{"function": ["R&D"]}',
    }  # fmt: skip
    if kind == "new":
        draft |= {"valid_from": None, "recorded_at": None}
    found, position = activities_with(history_of({"activities": records}).activities, draft)
    rest = [row for row in records if row["activity_id"] != name]
    anew = history_of({"activities": [*rest, draft]}).activities
    assert found.ids.tolist() == anew.ids.tolist()
    assert found.ids[position] == name
    for at in (FIRST, *anew.valid_from.tolist(), NEVER):
        for mine, theirs in zip(told(found, at), told(anew, at), strict=True):
            np.testing.assert_equal(mine, theirs)
    vocabularies = (found.tag_names, found.word_names, found.title_word_names)
    for names in (*vocabularies, *(names for _, names in found.coded.values())):
        assert names.tolist() == sorted(set(names.tolist()))


def told(activities, at):
    """What rows say as of a moment, whatever codes and columns stand for it."""
    rows = activities.rows_at(at)
    yield activities.table.take(pa.array(rows)).to_pylist()
    for field in BY_ROW:
        yield getattr(activities, field)[rows]
    for column in CODED:
        codes, names = activities.coded[column]
        yield np.append(names, "")[codes[rows]].tolist()
    for matrix, names in ((activities.tags, activities.tag_names),
                          (activities.words, activities.word_names),
                          (activities.title_words, activities.title_word_names)):  # fmt: skip
        yield [dict(zip(names[row.indices], row.data, strict=True)) for row in matrix[rows]]
