"""Which activities are asked about when: half-open ranges, edges, cancelled ones and drafts."""

from datetime import UTC, datetime, timedelta

import pytest

from features.history.columns import DAY, micros
from training.plan import (
    Block,
    announced_blocks,
    by_moment,
    cut_blocks,
    first_and_last_start,
    lead_blocks,
    month_starts,
    n_started,
    training_cuts,
    weekly_cuts,
)

DAY_ONE = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
MICROSECOND = timedelta(microseconds=1)
ACTIVITY = {"title": "t", "timezone": "UTC", "mode": "online"}


@pytest.mark.parametrize(
    ("first", "until", "mondays"),
    [
        (DAY_ONE, DAY_ONE, []),
        (DAY_ONE, DAY_ONE + MICROSECOND, [5]),
        (DAY_ONE + timedelta(hours=9), DAY_ONE + timedelta(days=1), [5]),
        (DAY_ONE, DAY_ONE + timedelta(days=7), [5]),
        (DAY_ONE, DAY_ONE + timedelta(days=7) + MICROSECOND, [5, 12]),
        (DAY_ONE + timedelta(days=1), DAY_ONE + timedelta(days=14), [12]),
        (DAY_ONE + timedelta(days=1), DAY_ONE, []),
    ],
)
def test_weekly_cuts_are_the_mondays_from_the_first_day_on(first, until, mondays):
    cuts = weekly_cuts(first, until)
    assert [cut.day for cut in cuts] == mondays
    assert all((cut.weekday(), cut.hour, cut.tzinfo) == (0, 0, UTC) for cut in cuts)
    assert training_cuts(micros(first), micros(until)) == [micros(cut) for cut in cuts]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ((2014, 1, 1), (2014, 1, 1), []),
        ((2014, 1, 1), (2014, 2, 1), [1]),
        ((2014, 1, 2), (2014, 3, 2), [2, 3]),
        ((2013, 12, 31), (2014, 1, 1), []),
        ((2014, 1, 1), (2015, 1, 1), list(range(1, 13))),
        ((2015, 1, 1), (2014, 1, 1), []),
        ((1969, 12, 15), (1970, 2, 1), [1]),
    ],
)
def test_month_starts_are_half_open(start, end, months):
    found = month_starts(*(micros(datetime(*day, tzinfo=UTC)) for day in (start, end)))
    first = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at) for at in found]
    assert [at.month for at in first] == months
    assert all((at.day, at.hour, at.microsecond) == (1, 0, 0) for at in first)


@pytest.fixture
def programme(history_of):
    """Activities by name -> a history of them alone."""

    def make(**activities):
        rows = [ACTIVITY | {"activity_id": name} | row for name, row in activities.items()]
        people = [{"employee_id": "p", "hired_at": DAY_ONE, "timezone": "UTC",
                   "profiling_opt_out": False}]  # fmt: skip
        return history_of({"employees": people, "activities": rows})

    return make


def names(history, blocks):
    return [history.activities.ids[block.activity] for block in blocks]


def test_lead_blocks_ask_before_each_start_of_the_window_in_order_of_asking(programme):
    later = DAY_ONE + timedelta(days=30)
    history = programme(
        d={"starts_at": later}, c={"starts_at": later - MICROSECOND}, a={"starts_at": DAY_ONE},
        b={"starts_at": DAY_ONE - MICROSECOND},
        called_off={"starts_at": DAY_ONE, "cancelled_at": DAY_ONE},
        over={"starts_at": DAY_ONE + timedelta(days=1),
              "cancelled_at": DAY_ONE + timedelta(days=2)},
    )  # fmt: skip
    blocks = lead_blocks(history, micros(DAY_ONE), micros(later), 14)
    assert names(history, blocks) == ["a", "over", "c"]
    assert blocks[0].as_of == micros(DAY_ONE) - 14 * DAY
    assert lead_blocks(history, micros(DAY_ONE), micros(DAY_ONE), 14) == []
    half = lead_blocks(history, micros(DAY_ONE), micros(DAY_ONE) + 1, 0.5)
    assert [block.as_of for block in half] == [micros(DAY_ONE) - DAY // 2]
    assert first_and_last_start(history) == (micros(DAY_ONE) - 1, micros(later))
    assert [n_started(history, micros(DAY_ONE) + more) for more in (-1, 0, 1, 30 * DAY)] == [
        0, 1, 2, 4,
    ]  # fmt: skip


def test_cut_blocks_are_open_at_the_cut_and_closed_at_the_horizon(programme):
    horizon = DAY_ONE + timedelta(days=30)
    history = programme(
        a={"starts_at": DAY_ONE}, b={"starts_at": DAY_ONE + MICROSECOND}, c={"starts_at": horizon},
        d={"starts_at": horizon + MICROSECOND},
        e={"starts_at": horizon, "cancelled_at": DAY_ONE},
    )  # fmt: skip
    blocks = cut_blocks(history, [micros(DAY_ONE)], 30)
    assert names(history, blocks) == ["b", "c"]
    assert {block.as_of for block in blocks} == {micros(DAY_ONE)}
    assert names(history, cut_blocks(history, [micros(DAY_ONE), micros(DAY_ONE) + 1], 30)) == [
        "b", "c", "c", "d",
    ]  # fmt: skip
    assert cut_blocks(history, [], 30) == []


def test_what_is_announced_is_asked_about_on_the_monday_before(programme):
    soon, monday = DAY_ONE + timedelta(days=9), DAY_ONE - timedelta(days=7)
    history = programme(
        a={"starts_at": soon, "announced_at": DAY_ONE - MICROSECOND},
        b={"starts_at": soon, "announced_at": DAY_ONE}, c={"starts_at": soon},
        d={"starts_at": soon, "announced_at": DAY_ONE, "cancelled_at": DAY_ONE},
    )  # fmt: skip
    blocks = announced_blocks(history, micros(DAY_ONE), micros(soon) + 1)
    assert names(history, blocks) == ["a", "b"]
    assert [block.as_of for block in blocks] == [micros(monday), micros(DAY_ONE)]
    assert announced_blocks(history, micros(DAY_ONE), micros(soon)) == []


def test_drafts_and_what_is_announced_later_are_no_candidates_until_then(programme):
    soon, known = DAY_ONE + timedelta(days=9), DAY_ONE - timedelta(days=9)
    history = programme(
        announced={"starts_at": soon, "announced_at": known, "valid_from": known},
        at_the_cut={"starts_at": soon, "announced_at": DAY_ONE, "valid_from": known},
        draft={"starts_at": soon, "valid_from": known},
        undated={"starts_at": soon},
    )
    at = [micros(DAY_ONE)]
    assert names(history, cut_blocks(history, at, 30)) == ["announced", "undated"]
    assert names(history, cut_blocks(history, [at[0] + 1], 30)) == [
        "announced", "at_the_cut", "undated",
    ]  # fmt: skip
    every = cut_blocks(history, at, 30, announced_only=False)
    assert names(history, every) == ["announced", "at_the_cut", "draft", "undated"]


def test_a_moved_activity_is_asked_about_before_its_last_start(programme, history_of):
    later = DAY_ONE + timedelta(days=5)
    rows = [
        ACTIVITY | {"activity_id": "a", "starts_at": DAY_ONE},
        ACTIVITY | {"activity_id": "a", "starts_at": later, "valid_from": DAY_ONE},
    ]
    history = history_of({"employees": [], "activities": rows})
    [block] = lead_blocks(history, 0, micros(later) + 1, 1)
    assert block.as_of == micros(later) - DAY


def test_a_company_without_activities_has_no_blocks(programme):
    history = programme()
    first, last = first_and_last_start(history)
    assert first > last
    assert lead_blocks(history, first, micros(DAY_ONE), 14) == []
    assert cut_blocks(history, [micros(DAY_ONE)], 30) == []


def test_blocks_of_one_moment_stand_together_in_order_of_time():
    blocks = [Block(2, 30), Block(5, 10), Block(1, 30), Block(0, 20)]
    assert list(by_moment(blocks)) == [(10, [5]), (20, [0]), (30, [2, 1])]
