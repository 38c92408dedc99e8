"""Training rows and their labels: who is asked, what came of it, and how rows are sampled."""

import copy
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from features.errors import NotReadyError
from features.history.columns import micros
from training.labels import labels_from
from training.plan import Block, cut_blocks, lead_blocks, training_cuts
from training.rows import Asked, build_rows

STARTS = datetime(2026, 3, 9, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked_of(history, stage="launch", **more):
    return Asked(history, labels_from(history), stage, [], **more)


def blocks_of(history, until, days=120):
    return lead_blocks(history, until - days * 86_400_000_000, until, 14)


def outcomes(history_of, *done):
    """(registered, attended) of one activity after what was done: kind, when, recorded."""
    rows = [
        {"participation_id": f"p{n}", "employee_id": "a", "activity_id": "x", "kind": kind,
         "occurred_at": STARTS + when, "recorded_at": recorded and STARTS + recorded}
        for n, (kind, when, recorded) in enumerate(done)
    ]  # fmt: skip
    labels = labels_from(history_of({
        "employees": [{"employee_id": "a", "hired_at": STARTS - 9000 * HOUR, "timezone": "UTC",
                       "profiling_opt_out": False}],
        "activities": [{"activity_id": "x", "title": "t", "timezone": "UTC", "starts_at": STARTS}],
        "participations": rows,
    }))  # fmt: skip
    return bool(labels.registered[0, 0]), bool(labels.attended[0, 0])


@pytest.mark.parametrize(
    ("done", "registered"),
    [
        ([], False),
        ([("registered", -9, None)], True),
        ([("registered", 0, None)], True),
        ([("registered", 1, None)], False),
        ([("declined", -9, None)], False),
        ([("registered", -9, None), ("cancelled", -5, None)], False),
        ([("registered", -9, None), ("cancelled", 1, None)], True),
        ([("cancelled", -5, None), ("registered", -9, None)], False),
        ([("cancelled", -9, None), ("registered", -5, None)], True),
        ([("declined", -9, None), ("registered", -5, None), ("viewed", -1, None)], True),
        # what was recorded late still happened when it did
        ([("registered", -9, 30), ("cancelled", -5, None)], False),
        ([("cancelled", -9, 30), ("registered", -5, None)], True),
    ],
)
def test_the_last_answer_up_to_the_start_is_the_label(done, registered, history_of):
    done = [(kind, when * HOUR, recorded and recorded * HOUR) for kind, when, recorded in done]
    assert outcomes(history_of, *done) == (registered, False)


def test_attendance_counts_whenever_it_was_noted_and_whoever_registered(history_of):
    assert outcomes(history_of, ("attended", 3 * HOUR, None)) == (True, True)
    assert outcomes(history_of, ("registered", -HOUR, None), ("attended", HOUR, 9 * HOUR)) == (
        True, True,
    )  # fmt: skip


def test_participation_is_attendance_where_that_is_recorded(history):
    labels = labels_from(history)
    held = [a for a, name in enumerate(history.activities.ids) if name.startswith("held")]
    assert labels.records_attendance[held].all()
    assert (labels.participated[:, held] == labels.attended[:, held]).all()
    coming = [a for a, name in enumerate(history.activities.ids) if name.startswith("soon")]
    assert not labels.records_attendance[coming].any()


def rows_of_the_last(history_of, records, days, n_registered=None, attended=True):
    """Rows of the last activity held, as they are so many days after its start."""
    starts = max(row["starts_at"] for row in records["activities"]
                 if row["activity_id"].startswith("held"))  # fmt: skip
    last = [row for row in records["participations"] if row["activity_id"] == "held-61"]
    others = [row for row in records["participations"] if row["activity_id"] != "held-61"]
    registered = [row for row in last if row["kind"] == "registered"][:n_registered]
    came = [row for row in last if row["kind"] == "attended"] if attended else []
    history = history_of(records | {"participations": [*others, *registered, *came]},
                         starts + timedelta(days=days))  # fmt: skip
    activity = history.activity_index("held-61")
    return build_rows(asked_of(history), [Block(activity, micros(starts - timedelta(days=14)))])


def test_attendance_that_is_not_recorded_yet_is_not_that_nobody_came(records, history_of):
    assert rows_of_the_last(history_of, records, 20).told.all()
    # of so many registered somebody came: nobody has said so yet
    for days in (5, 20):
        rows = rows_of_the_last(history_of, records, days, attended=False)
        assert rows.counts_attendance.all()
        assert not rows.told.any()
        assert rows.registered.sum() >= 5
    # of three, all may have stayed away; after two weeks there is nothing more to come
    few = [rows_of_the_last(history_of, records, days, 3, attended=False) for days in (5, 20)]
    assert [bool(rows.told.all()) for rows in few] == [False, True]
    assert [int(rows.participated.sum()) for rows in few] == [0, 0]


def test_a_row_for_each_person_invited_who_did_not_refuse_profiling(history, until):
    blocks = blocks_of(history, until)
    rows = build_rows(asked_of(history), blocks)
    refused = {history.employee_index(name) for name in ("P20", "P41")}
    assert not refused & set(rows.employee.tolist())
    expected = {
        (block.activity, block.as_of): {
            int(person) for person in np.flatnonzero(history.invited(block.activity, block.as_of))
        } - refused
        for block in blocks
    }  # fmt: skip
    found: dict[tuple[int, int], list[int]] = {}
    for employee, activity, as_of in zip(rows.employee, rows.activity, rows.as_of, strict=True):
        found.setdefault((int(activity), int(as_of)), []).append(int(employee))
    assert {key: set(people) for key, people in found.items()} == expected
    assert len(rows) == sum(len(people) for people in expected.values())
    assert (rows.weight == 1).all()
    assert rows.counts_attendance.all()
    everyone = build_rows(asked_of(history, keep_opted_out=True), blocks)
    assert refused <= set(everyone.employee.tolist())


def test_who_refuses_profiling_later_is_in_no_training_row_from_then_on(records, history_of, until):
    person = records["employees"][7]
    later = person | {"profiling_opt_out": True,
                      "valid_from": datetime(2026, 4, 5, tzinfo=UTC)}  # fmt: skip
    history = history_of(records | {"employees": [*records["employees"], later]})
    rows = build_rows(asked_of(history), blocks_of(history, until))
    assert history.employee_index("P07") not in rows.employee
    assert history.employee_index("P08") in rows.employee


def test_once_open_who_has_answered_is_not_asked(history, until):
    cut = training_cuts(until - 60 * 86_400_000_000, until)[3]
    blocks = cut_blocks(history, [cut], 30)
    rows = build_rows(asked_of(history, "open"), blocks)
    answers = history.answers.answers
    n_left_out = 0
    for block in blocks:
        mine = (answers.activity == block.activity) & (answers.known < block.as_of)
        answered = set(answers.employee[mine].tolist())
        n_left_out += len(answered)
        assert not answered & set(rows.employee[rows.activity == block.activity].tolist())
    assert n_left_out


def keyed(rows, history):
    frame = rows.features.assign(
        employee=history.people.ids[rows.employee], activity=history.activities.ids[rows.activity],
        as_of=rows.as_of, registered=rows.registered, attended=rows.attended, weight=rows.weight,
    )  # fmt: skip
    return frame.sort_values(["as_of", "activity", "employee"]).reset_index(drop=True)


@pytest.mark.parametrize("stage", ["launch", "open"])
def test_the_order_of_a_files_rows_changes_no_training_row(stage, records, history_of, until):
    shuffled = {table: random.Random(1).sample(rows, len(rows))  # noqa: S311
                for table, rows in records.items()}  # fmt: skip
    frames = []
    for found in (records, shuffled):
        history = history_of(found)
        blocks = blocks_of(history, until, 60)
        rows = build_rows(asked_of(history, stage), blocks, max_rows=300)
        frames.append(keyed(rows, history))
    assert 200 < len(frames[0]) < 400
    pd.testing.assert_frame_equal(*frames, rtol=1e-5)


def test_nothing_given_is_changed(records, history_of, tables_of, until, employee_features):
    tables = tables_of(records)
    kept = copy.deepcopy(records)
    history = history_of(records)
    blocks = blocks_of(history, until, 60)
    asked = asked_of(history, employee_features=employee_features)
    before = list(blocks), asked.labels.registered.copy()
    one = build_rows(asked, blocks)
    two = build_rows(asked, blocks)
    pd.testing.assert_frame_equal(one.features, two.features)
    assert (before[0], records) == (blocks, kept)
    assert (before[1] == asked.labels.registered).all()
    assert all(table.equals(tables_of(records)[name]) for name, table in tables.items())


def test_rows_of_one_moment_equal_those_of_all(history, until, employee_features):
    blocks = blocks_of(history, until, 60)
    asked = asked_of(history, employee_features=employee_features)
    whole = build_rows(asked, blocks)
    one = build_rows(asked, blocks[2:3])
    same = whole.where((whole.as_of == blocks[2].as_of) & (whole.activity == blocks[2].activity))
    assert len(one) == len(same) > 50
    pd.testing.assert_frame_equal(one.features, same.features.reset_index(drop=True))
    reversed_blocks = build_rows(asked, blocks[::-1])
    pd.testing.assert_frame_equal(reversed_blocks.features, whole.features)


def test_sampled_rows_weigh_for_those_left_out(history, until):
    blocks = blocks_of(history, until, 400)
    whole = build_rows(asked_of(history), blocks)
    some = build_rows(asked_of(history), blocks, max_rows=1500)
    assert len(some) == pytest.approx(1500, rel=0.1)
    yes, all_yes = some.registered, whole.registered.sum()
    assert yes.mean() > 1.1 * whole.registered.mean()  # yes is rarer, so it is kept sooner
    # each row is kept by chance: the totals vary by a known standard deviation
    for mask, total in ((yes, all_yes), (~yes, len(whole) - all_yes)):
        weight = some.weight[mask]
        sd = np.sqrt((weight * (weight - 1)).sum())
        assert weight.sum() == pytest.approx(total, abs=4 * sd + 1e-9)
    quiz = history.activities.coded["template"][0][history.activities.last_rows]
    by_template = Counter(quiz[whole.activity].tolist())
    for template, n in by_template.items():
        mine = some.weight[quiz[some.activity] == template]
        assert mine.sum() == pytest.approx(n, abs=4 * np.sqrt((mine * (mine - 1)).sum()))


def test_once_open_no_place_is_kept_for_who_has_answered(history, until):
    blocks = cut_blocks(history, training_cuts(until - 200 * 86_400_000_000, until), 30)
    there = len(build_rows(asked_of(history, "open"), blocks))
    few = len(build_rows(asked_of(history, "open"), blocks, there // 2))
    assert few == pytest.approx(there / 2, rel=0.1)
    assert len(build_rows(asked_of(history, "open"), blocks, there)) == there


def test_few_rows_are_all_kept(history, until):
    blocks = blocks_of(history, until, 30)
    whole = build_rows(asked_of(history), blocks)
    some = build_rows(asked_of(history), blocks, max_rows=10**6)
    pd.testing.assert_frame_equal(some.features, whole.features)
    assert (some.weight == 1).all()


def test_employee_features_stand_with_the_person_they_are_of(history, until, employee_features):
    blocks = blocks_of(history, until, 60)
    for stage in ("launch", "open"):
        rows = build_rows(asked_of(history, stage, employee_features=employee_features), blocks)
        number = [float(name[1:]) for name in history.people.ids[rows.employee]]
        assert rows.features["tenure_days"].tolist() == number
        # what counts answers counts those about the activity itself too
        assert ("attended_28d" in rows.features) == (stage == "open")


def test_blocks_that_ask_nobody_are_said_to_be_too_few(history):
    with pytest.raises(NotReadyError, match="too few have started to learn from"):
        build_rows(asked_of(history), [])
    long_ago = micros(datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NotReadyError, match="too few have started to learn from"):
        build_rows(asked_of(history), [Block(0, long_ago)])
