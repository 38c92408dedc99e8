"""What a model must beat: of taking part, and of nothing that was not on record then."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.history.columns import DAY
from training.baselines import base_rate, kept_rate, past_counts
from training.labels import labels_from
from training.plan import lead_blocks
from training.rows import Asked, build_rows

UNTIL = datetime(2026, 4, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows(history, until):
    asked = Asked(history, labels_from(history), "launch", [])
    return build_rows(asked, lead_blocks(history, until - 200 * DAY, until, 14))


def test_rates_are_of_taking_part_as_known_at_each_refit(history, rows, until):
    refits = [until - 120 * DAY, until - 60 * DAY]
    base, kept = base_rate(rows, refits), kept_rate(rows, refits)
    assert np.isnan(base[rows.as_of < refits[0]]).all()
    assert (kept[rows.as_of < refits[0]] == 1).all()
    for at, end in zip(refits, [*refits[1:], until], strict=True):
        labels, started = labels_from(history, at), rows.starts < at
        attended, registered = (
            table[rows.employee[started], rows.activity[started]]
            for table in (labels.attended, labels.registered)
        )
        chosen = (rows.as_of >= at) & (rows.as_of < end)
        assert base[chosen] == pytest.approx(attended.mean())
        assert kept[chosen] == pytest.approx(attended.sum() / registered.sum())
        # of ten who register, one stays away
        assert 0.8 < attended.sum() / registered.sum() < 0.97


def test_past_counts_are_of_what_was_held_and_on_record(records, history_of, until):
    history = history_of(records, None)
    quiz = history.activity_index("soon-quiz")
    as_of = until - 20 * DAY
    activities = history.activities
    starts = activities.starts[activities.last_rows]
    took_place = activities.cancelled[activities.last_rows] > starts
    labels = labels_from(history, as_of)
    held = np.flatnonzero(took_place & (starts < as_of) & (starts >= as_of - 180 * DAY))
    assert history.activity_index("called-off") not in held
    expected = labels.attended[:, held].sum(axis=0)
    found = past_counts(history, quiz, as_of)
    assert sorted(found) == sorted(expected)
    some = np.arange(history.n_employees) % 2 == 0
    assert past_counts(history, quiz, as_of, people=some).sum() == (
        labels.attended[some][:, held].sum()
    )
    # one that was entered later was not known to be held
    unknown = next(row for row in records["activities"] if row["activity_id"] == "held-50")
    entered = unknown | {"activity_id": "later", "valid_from": UNTIL - timedelta(days=1)}
    more = history_of(records | {"activities": [*records["activities"], entered]})
    later = past_counts(more, more.activity_index("soon-quiz"), as_of)
    assert sorted(later) == sorted(expected)
    # what is told of them later changes nothing
    known = [row for row in records["participations"] if row["kind"] != "attended"
             or row["activity_id"] != "held-58"]  # fmt: skip
    late = [row | {"recorded_at": row["occurred_at"].replace(year=2027)}
            for row in records["participations"]
            if row["kind"] == "attended" and row["activity_id"] == "held-58"]  # fmt: skip
    one, two = (past_counts(history_of(records | {"participations": some}), quiz, as_of)
                for some in (known, [*known, *late]))  # fmt: skip
    assert one.tolist() == two.tolist()
