"""Whatever is lost or broken, lists are given, marked as not personal, and /readyz says why."""

import asyncio
import shutil
import sqlite3
from contextlib import closing

import httpx
import pytest

from features.feature_store.building import materialise_latest
from features.feature_store.snapshots import current_features
from features.home import Home
from serving.contract import ForecastsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.guard import Guard
from serving.problems import Problem
from serving.readiness import Readiness
from serving.watcher import Watcher

SOME = RecommendationsRequest(employee_ids=[f"P{n:03}" for n in range(2, 6)], k=10)
MANY = RecommendationsRequest(employee_ids=[f"P{n:03}" for n in range(2, 60)], k=10)


async def nothing(scope, receive, send):
    """What stands behind the address of readiness; nothing here gets so far."""
    raise AssertionError(scope["path"])


def readyz(desk, language="en"):
    async def asked():
        transport = httpx.ASGITransport(Guard(Readiness(nothing, desk), desk))
        async with httpx.AsyncClient(transport=transport, base_url="http://huoli") as client:
            return await client.get("/readyz", headers={"Accept-Language": language})

    return asyncio.run(asked())


def online_file(home):
    return current_features(home).directory / "online.db"


def no_model(home):
    shutil.rmtree(home.mlruns)


def lose_the_registry(home):
    (home.mlruns / "mlflow.db").unlink()


def spoil_the_registry(home):
    (home.mlruns / "mlflow.db").write_bytes(b"no registry" * 500)


def lock_the_registry(home):
    holder = sqlite3.connect(home.mlruns / "mlflow.db")
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def spoil_a_model(home):
    for file in home.mlruns.glob("artifacts/models/**/headcounts.npz"):
        file.write_bytes(b"no arrays")


def no_features(home):
    shutil.rmtree(home.features)


def lose_the_online_file(home):
    online_file(home).unlink()


def spoil_the_online_file(home):
    online_file(home).write_bytes(b"no features" * 500)


def spoil_a_page_of_it(home):
    content = bytearray(online_file(home).read_bytes())
    content[4096:8192] = b"\xff" * 4096
    online_file(home).write_bytes(bytes(content))


def empty_the_online_file(home):
    with closing(sqlite3.connect(online_file(home))) as online:
        for (name,) in online.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%employee%'"
        ).fetchall():
            online.execute(f'DELETE FROM "{name}"')  # noqa: S608
        online.commit()


def spoil_the_manifest_of_features(home):
    (home.features / "manifest.json").write_text("{")


MODEL_FAULTS = {
    no_model: "no model is champion",
    lose_the_registry: "there is no file mlflow.db",
    spoil_the_registry: "not a database",
    lock_the_registry: "database is locked",
    spoil_a_model: "its files must be those that were registered",
}
ONLINE_FAULTS = {
    no_features: "no features are online",
    lose_the_online_file: "no file online.db",
    spoil_the_online_file: "not a database",
    spoil_a_page_of_it: "the online store cannot be read",
    empty_the_online_file: "online.db is empty",
    spoil_the_manifest_of_features: "the online store cannot be read",
}


@pytest.fixture
def home(promotable_home, monkeypatch):
    monkeypatch.setattr("training.registry.champion.PATIENCE_SECONDS", 0.01)
    return promotable_home


@pytest.fixture
def desk(home):
    found = Desk(home)
    yield found
    found.close()


def check_degraded(desk, reason, version=None):
    """Lists are the popular ones and say why, forecasts are refused, /readyz tells the reason."""
    for request in (SOME, MANY):
        answer = desk.recommend(request, "en")
        assert reason in answer.degraded
        assert answer.model_version is None
        assert not any(one.personal for one in answer.recommendations)
        items = [item for one in answer.recommendations for item in one.items]
        assert items
        assert {item.source for item in items} == {"popular"}
    with pytest.raises(Problem) as caught:
        desk.forecast(ForecastsRequest(activity_id="soon-quiz"), "en")
    assert caught.value.status == 503
    found = readyz(desk)
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/json"
    told = found.json()
    assert (told["ready"], told["model_version"]) == (True, version)
    assert any(reason in note for note in told["notes"])
    assert readyz(desk, "zh").json()["notes"] != told["notes"]


@pytest.mark.parametrize("fault", [*MODEL_FAULTS, *ONLINE_FAULTS])
def test_a_service_that_starts_with_a_fault_gives_the_popular_list(home, desk, fault):
    held = fault(home)
    desk.open()
    check_degraded(desk, (MODEL_FAULTS | ONLINE_FAULTS)[fault])
    if held:
        held.close()


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_fault_of_models_while_it_runs_changes_no_answer(home, desk, fault):
    watcher = Watcher(desk)
    desk.open()
    before = desk.recommend(SOME, "en")
    held = fault(home)
    watcher.check()
    after = desk.recommend(SOME, "en")
    assert after.model_version == before.model_version
    assert [one.items for one in after.recommendations] == [
        one.items for one in before.recommendations
    ]
    told = readyz(desk).json()
    assert (told["ready"], told["model_version"]) == (True, before.model_version)
    # files are looked at again only when there is something to load
    noticed = fault is not spoil_a_model
    assert any(MODEL_FAULTS[fault] in note for note in told["notes"]) == noticed
    if held:
        held.close()


@pytest.mark.parametrize("fault", ONLINE_FAULTS)
def test_a_fault_of_features_while_it_runs_is_noticed_and_told(home, desk, fault):
    watcher = Watcher(desk)
    desk.open()
    fault(home)
    assert watcher.check()
    check_degraded(desk, ONLINE_FAULTS[fault])


@pytest.mark.parametrize(
    "fault", [no_features, spoil_the_online_file, empty_the_online_file,
              spoil_the_manifest_of_features],
)  # fmt: skip
def test_a_fault_of_features_is_told_even_before_it_is_noticed(home, desk, fault):
    desk.open()
    version = desk.state.version
    fault(home)
    check_degraded(desk, "", version)


def test_the_online_file_is_made_anew_by_the_command_that_is_advised(home, desk):
    desk.open()
    watcher = Watcher(desk)
    spoil_the_online_file(home)
    watcher.check()
    assert not desk.recommend(SOME, "en").recommendations[0].personal
    materialise_latest(home)
    watcher.check()
    assert desk.recommend(SOME, "en").recommendations[0].personal
    assert readyz(desk).json()["notes"] == []


def test_somebody_hired_today_is_no_fault(home, desk):
    """P071 came after the day whose features are online."""
    desk.open()
    answer = desk.recommend(RecommendationsRequest(employee_id="P071", k=3), "en")
    assert (answer.recommendations[0].personal, answer.degraded) == (True, None)


def test_without_any_tables_it_is_not_ready(tmp_path):
    desk = Desk(Home(tmp_path))
    desk.open()
    found = readyz(desk)
    assert found.status_code == 503
    assert "huoli import" in found.json()["detail"]
    assert "data" in readyz(desk, "en").json()["errors"][0]["rule"]
