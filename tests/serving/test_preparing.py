"""Columns go from the process that computes to those that answer, and find their place there."""

import time

import numpy as np
import pytest

from features.history.columns import moment
from serving.desk import Desk
from serving.predictor import Pairs
from serving.preparing import Receiver, Sender
from serving.refreshing import made_ready
from serving.state import State, missing


@pytest.fixture
def sending(desk):
    """A desk with all that can be asked for."""
    state = made_ready(desk.state)
    desk.replace(state)
    assert missing(desk.state) is None
    return desk


@pytest.fixture
def answering(home, board, predictor):
    found = Desk(home, State(board, moment(board.as_of), predictor))
    found.open()
    yield found
    found.close()


def until(condition):
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_who_comes_later_gets_all_and_then_what_is_new(sending, answering, tmp_path):
    file = str(tmp_path / "lists")
    sender = Sender(sending, file)
    receiver = Receiver(answering, file)
    receiver.start()
    assert receiver.wait(20)
    assert missing(answering.state) is None
    assert answering.state.table.columns[0] is not None
    state = sending.state
    column = state.table.columns[0]
    higher = column.with_pairs(
        state_pairs(state, column), np.zeros(state.board.history.n_employees, dtype=np.int64)
    )
    name = state.table.heads[0][0]
    sending.shelve(state, state.table.shelf.with_column(name, higher), [name])
    until(lambda: answering.state.table.columns[0].probability[5] == 0.123)
    receiver.stop()
    assert sender


def state_pairs(state, column):
    everyone = np.arange(state.board.history.n_employees)
    chance = np.full(len(everyone), 0.123)
    return Pairs(int(state.board.open[0]), "open", everyone, chance, column.own_history,
                 column.unit)  # fmt: skip


def test_columns_of_other_models_wait_until_these_are_loaded(sending, answering):
    columns = sending.state.shelf.columns
    people = sending.state.board.history.people.fingerprint
    answering.take(columns, "other-models", people)
    assert answering.state.shelf is None
    answering.take(columns, sending.state.version, "other people")
    assert answering.state.shelf is None
    answering.take(columns, sending.state.version, people)
    assert missing(answering.state) is None


def test_a_receiver_waits_for_a_sender_that_is_not_there_yet(sending, answering, tmp_path):
    file = str(tmp_path / "lists")
    receiver = Receiver(answering, file)
    receiver.start()
    assert not receiver.wait(0.3)
    Sender(sending, file)
    assert receiver.wait(20)
    receiver.stop()
