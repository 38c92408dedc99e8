"""From what is online and what LightFM learned to what is served: each has its effect."""

import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features import clock
from features.feature_store import OnlineReader, current_features
from serving.contract import ForecastsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.forecast import Forecast
from serving.recommend import Wishes, suggestions
from serving.state import load_state
from serving.subject import subject_of
from serving.trained import TrainedPredictor
from training.registry.loading import load_models

SOME = RecommendationsRequest(employee_ids=[f"P{n:03}" for n in range(2, 20)], k=10)


@pytest.fixture
def trained(own_home):
    desk = Desk(own_home)
    desk.open()
    assert desk.missing == ()
    yield desk
    desk.close()


def served(desk):
    answer = desk.recommend(SOME, "en")
    return {
        (one.employee_id, item.activity_id): item.probability
        for one in answer.recommendations
        for item in one.items
    }


def set_online(home, employee_id, feature, value):
    """Write another value of one person into the online file itself."""
    snapshot, key = current_features(home), OnlineReader(home)._current().key(employee_id)
    with closing(sqlite3.connect(snapshot.directory / "online.db")) as online:
        tables = [row[0] for row in online.execute("SELECT name FROM sqlite_master "
                                                   "WHERE type = 'table'")]  # fmt: skip
        changed = sum(
            online.execute(
                f'UPDATE "{table}" SET value = ? WHERE entity_key = ? AND feature_name = ?',  # noqa: S608
                (b"\x29" + struct.pack("<d", value), key, feature),
            ).rowcount
            for table in tables
        )
        online.commit()
    assert changed == 1


def test_one_value_online_moves_what_is_served_to_that_person_alone(trained, own_home):
    before = served(trained)
    assert served(trained) == before
    set_online(own_home, "P005", "attended_365d", 12.0)
    after = served(trained)
    moved = {pair[0] for pair in before if before[pair] != after[pair]}
    assert moved == {"P005"}


def test_without_lightfms_affinity_the_ranking_is_another(own_home):
    state, models = load_state(own_home), load_models(own_home)
    assert models.affinity is not None
    reader = OnlineReader(own_home)
    history, as_of = state.board.history, state.board.as_of
    lists = {
        name: suggestions(
            state.table, TrainedPredictor(found, reader.everyone, history, as_of),
            np.arange(2, 29), Wishes(10), "en",
        )
        for name, found in (("with", models), ("without", replace(models, affinity=None)))
    }  # fmt: skip
    orders = {
        name: [[item.activity_id for item in one.items] for one in found]
        for name, found in lists.items()
    }
    assert orders["with"] != orders["without"]
    assert [sorted(order) for order in orders["with"]] == [
        sorted(order) for order in orders["without"]
    ]


def test_those_who_refuse_profiling_are_never_read(own_home):
    state, models, read = load_state(own_home), load_models(own_home), []
    reader = OnlineReader(own_home)

    def recording(ids):
        read.extend(ids)
        return reader.everyone(ids)

    predictor = TrainedPredictor(models, recording, state.board.history, state.board.as_of)
    everyone = np.flatnonzero(state.board.employed)
    suggestions(state.table, predictor, everyone, Wishes(3), "en")
    assert "P005" in read
    refuse = {f"P{n:03}" for n in range(29, 180, 30)}
    assert not refuse & set(read)
    # of a team's workload, those tell who are not asked; no forecast needs them that tells no why
    rd = {"title": "竞答", "template": "quiz", "audience": {"function": ["R&D"]},
          "starts_at": (clock.now() + timedelta(days=9)).isoformat()}  # fmt: skip
    subject = subject_of(state.board, ForecastsRequest.model_validate({"draft": rd}))
    asked = set(state.board.history.people.ids[subject.invited].tolist())
    for explain in (False, True):
        read.clear()
        Forecast(subject, predictor, explain=explain)
        assert asked - refuse <= set(read)
        assert not refuse & set(read)
        assert (set(read) > asked - refuse) == explain


def test_reading_one_by_one_and_in_bulk_gives_equal_features(own_home):
    reader, asked = OnlineReader(own_home), ["P005", "P071", "nobody", "P179"]
    one, many = reader.one(asked), reader.everyone(asked)
    assert one.columns.tolist() == many.columns.tolist()
    np.testing.assert_array_equal(
        one.drop(columns="employee_id").to_numpy(), many.drop(columns="employee_id").to_numpy()
    )


def test_a_champion_that_cannot_be_loaded_leaves_the_popular_list(own_home, monkeypatch):
    def broken(home):
        raise KeyError("edges")

    monkeypatch.setattr("training.registry.loading.load_models", broken)
    desk = Desk(own_home)
    desk.open()
    assert "the champion cannot be loaded: KeyError" in str(desk.missing[0])
    assert not any(one.personal for one in desk.recommend(SOME, "en").recommendations)
    desk.close()


def test_loading_the_models_again_gives_the_same_answers(own_home, trained):
    again = Desk(own_home)
    again.open()
    assert served(again) == served(trained)
    again.close()
