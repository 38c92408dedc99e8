"""A promotion and a rollback while a started service is asked without a pause."""

import itertools
import json
import threading
import time

import pytest

FIRST, SECOND = (f"participation-{n}+recommendation-{n}" for n in (1, 2))
PATIENCE_SECONDS = 60


@pytest.fixture
def home(promotable_home):
    return promotable_home


@pytest.fixture
def service(home, started):
    with started(home) as found:
        yield found


class Asking:
    """A thread that asks for lists until the block ends, and keeps each status and version."""

    def __init__(self, client):
        self.client = client
        self.answers = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def _ask(self):
        for number in range(10**9):
            # on a fast machine, one key would ask for more in a second than it may
            if self.stopping.wait(0.01):
                return
            body = {"employee_id": f"P{2 + number % 20:03}", "k": 3}
            try:
                found = self.client.post("/v1/recommendations", json=body)
                version = found.json().get("model_version")
                self.answers.append((found.status_code, version))
            except Exception as error:
                self.answers.append((0, repr(error)))

    def wait_for(self, version):
        limit = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < limit:
            if self.answers and self.answers[-1][1] == version:
                return
            time.sleep(0.02)
        raise AssertionError(f"{version} never came, last {self.answers[-3:]}")


def test_no_answer_fails_and_the_models_change(home, service, company):
    with Asking(service.client) as asking:
        asking.wait_for(FIRST)
        done = company.run_huoli(
            home, "models", "promote", "--why", "less loss", "--by", "韩梅梅", "--json"
        )
        assert done.returncode == 0, done.stderr
        asking.wait_for(SECOND)
        assert company.run_huoli(home, "models", "rollback", "--reason", "or not").returncode == 0
        asking.wait_for(FIRST)
    assert {status for status, _ in asking.answers} == {200}
    versions = [version for _, version in asking.answers]
    changes = [two for one, two in itertools.pairwise(versions) if one != two]
    assert changes == [SECOND, FIRST]
    entry = json.loads(done.stdout)
    assert (entry["by"], entry["reason"]) == ("韩梅梅", "less loss")
    told = company.run_huoli(home, "models", "log")
    assert (told.returncode, told.stderr) == (0, "")
    assert "launch.log_loss" in told.stdout
    assert service.stop() == 0
    assert service.said().splitlines()[-1] == "Stopped."


def test_a_registry_lost_while_it_runs_is_told_and_no_answer_fails(home, service):
    with Asking(service.client) as asking:
        asking.wait_for(FIRST)
        (home.mlruns / "mlflow.db").rename(home.root / "kept.db")
        limit = time.monotonic() + PATIENCE_SECONDS
        while not (found := service.client.get("/readyz").json())["notes"]:
            assert time.monotonic() < limit
            time.sleep(0.05)
    assert {status for status, _ in asking.answers} == {200}
    assert (found["ready"], found["model_version"]) == (True, FIRST)
    assert "there is no file mlflow.db" in found["notes"][0]
    assert "there is no file mlflow.db" in service.said()


def test_a_changed_log_is_named_by_the_command_that_shows_it(home, company):
    path = home.mlruns / "promotions.jsonl"
    path.write_text(path.read_text().replace("the first trained pair", "for a friend"))
    told = company.run_huoli(home, "models", "log")
    assert told.returncode == 1
    assert "promotions.jsonl line 1 must follow" in told.stderr
    assert "for a friend" in told.stdout


def test_a_challenger_whose_files_were_changed_is_not_promoted(home, company):
    for path in home.mlruns.glob("artifacts/models/**/usual.json"):
        path.write_text("{}")
    done = company.run_huoli(home, "models", "promote", "--reason", "x")
    assert done.returncode == 1
    assert "model participation version 2" in done.stderr
    listed = json.loads(company.run_huoli(home, "models", "list", "--json").stdout)
    assert {one["version"] for one in listed if "champion" in one["aliases"]} == {"1"}
