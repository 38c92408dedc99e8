"""Chances computed ahead are those that would be computed when asked for, once all is worked in."""

import itertools
from datetime import timedelta

import numpy as np
import pytest

from engagement.records import store_record
from features import clock
from serving.contract import EventsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.organisation import ActivityRecord, activity_as
from serving.refreshing import Refreshing, due, made_ready
from serving.shelf import Table
from serving.state import missing

NUMBER = itertools.count()


@pytest.fixture
def trained(own_home):
    desk = Desk(own_home)
    desk.open(made_ready)
    yield desk
    desk.close()


@pytest.fixture
def lists(trained):
    found = Refreshing(trained)
    found._rest_until = found._next_round = -1e9
    return found


def send(desk, *events):
    answer = desk.receive(EventsRequest(events=[
        {"event_id": f"fresh-{next(NUMBER)}", "employee_id": who, "activity_id": what,
         "kind": kind, "occurred_at": clock.now().isoformat()} for who, what, kind in events
    ]), "en")  # fmt: skip
    assert answer.refused == 0
    desk.keep_up()


def work(lists):
    """Let it do all that is due, without its rests."""
    for _ in range(100):
        lists._rest_until = lists._next_round = 0.0
        lists.look()
        if due(lists.desk.state, lists.moved) is None:
            return
    raise AssertionError("it never comes to an end")


def anew(state):
    """Everyone's chances, computed when asked for."""
    everyone = np.flatnonzero(state.board.employed & ~state.board.opted_out)
    return Table.bare(state.board).filled(state.predictor, everyone)


def assert_as_computed_anew(state):
    other = anew(state)
    can = state.board.joinable & ~state.board.opted_out[:, None]
    np.testing.assert_allclose(
        state.table.probability[can], other.probability[can], atol=1e-6, rtol=0
    )
    for one, two, column in zip(state.table.columns, other.columns, can.T, strict=True):
        if one and two:
            assert (one.reasons[column] == two.reasons[column]).all()
            assert (one.own_history[column] == two.own_history[column]).all()


def test_all_that_can_be_asked_for_is_there_from_the_start(trained):
    assert missing(trained.state) is None
    assert_as_computed_anew(trained.state)


def test_who_refuses_profiling_has_no_place_on_it(trained):
    refuses = trained.state.board.opted_out
    assert refuses.any()
    assert np.isnan(trained.state.table.probability[refuses]).all()


def test_events_move_everyone_s_chances_as_if_computed_anew(trained, lists):
    before = trained.state.table.probability.copy()
    send(trained, *((f"P{n:03}", "soon-challenge", "registered") for n in range(6, 20)))
    send(trained, ("P040", "soon-story", "declined"))
    work(lists)
    assert not np.array_equal(before, trained.state.table.probability, equal_nan=True)
    assert_as_computed_anew(trained.state)


def test_colleagues_come_before_the_whole_column(trained, lists):
    board = trained.state.board
    send(trained, ("P006", "soon-challenge", "registered"))
    column = [head[0] for head in trained.state.table.heads].index("soon-challenge")
    before = trained.state.table.probability[:, column].copy()
    lists._rest_until = float("inf")
    lists.look()
    after = trained.state.table.probability[:, column]
    moved = np.flatnonzero((before != after) & ~(np.isnan(before) & np.isnan(after)))
    near = trained.state.predictor.colleagues(np.array([board.history.employee_index("P006")]))
    assert len(moved)
    assert set(moved) <= set(near.tolist())
    right = anew(trained.state).probability[:, column]
    can = trained.state.board.joinable[moved, column]
    np.testing.assert_allclose(after[moved][can], right[moved][can], atol=1e-6)


def test_a_new_activity_and_a_changed_one_are_computed(trained, lists):
    def put(activity_id, **content):
        body = {"title": "新", "template": "knowledge_quiz", "mode": "online",
                "timezone": "Asia/Shanghai", "state": "announced", **content}  # fmt: skip
        record = ActivityRecord.model_validate(body)
        decide = activity_as(activity_id, record)
        store_record(trained.database, "activity", activity_id, clock.now(), lambda _: decide(None))
        trained.keep_up()

    put("brand-new", starts_at=(clock.now() + timedelta(days=9, hours=4)).isoformat())
    assert missing(trained.state) is not None
    answer = trained.recommend(RecommendationsRequest(employee_id="P005", k=100), "en")
    assert "brand-new" in {item.activity_id for item in answer.recommendations[0].items}
    work(lists)
    assert missing(trained.state) is None
    assert_as_computed_anew(trained.state)
