"""Champion and challenger in figures and pictures; promotion and rollback by who may."""

import numpy as np
import pandas as pd
import pytest

from features.errors import NotReadyError
from serving.console import models, models_shown
from serving.console.model_cards import Card, Registry, fingerprint, read_registry
from serving.console.model_figures import beside, fell, inside_of
from training.registry.pairs import Pair
from training.registry.promotions import append_promotion, log_path

METRICS = {"counts.mae_median": 3.4, "counts_past.mae_median": 9.6, "counts.coverage_90": 0.91,
           "launch.log_loss": 0.44, "launch_own_rate.log_loss": 0.6}  # fmt: skip
PROMOTE, ROLL_BACK = "/console/models/promote", "/console/models/rollback"


def versions(number):
    return {"participation": str(number), "recommendation": str(number)}


def past(n=70, off=0.0):
    count = np.arange(n) % 20 + 5
    return pd.DataFrame({
        "activity_id": [f"past-{k:02}" for k in range(n)], "starts": np.arange(n) * 10**12,
        "count": count, "mean": count + off, "p50": count + off, "p05": count + off - 4,
        "p95": count + off + 4,
    })  # fmt: skip


def card(number, alias, found):
    pair = Pair(f"run{number}", versions(number), (alias,) if alias else (),
                "2026-05-01T00:00:00+00:00", "2026-04-30T00:00:00+00:00", METRICS)  # fmt: skip
    return Card(pair, found)


@pytest.fixture
def two(monkeypatch):
    """A registry with a champion that forecast too few, and a challenger; 0 was champion before."""
    champion, challenger = card(1, "champion", past(off=-5.0)), card(2, "challenger", past(60))
    found = Registry([challenger.pair, champion.pair], champion, challenger, versions(0))
    monkeypatch.setattr(models_shown, "read_registry", lambda home: found)
    monkeypatch.setattr(models_shown, "PATIENCE_SECONDS", 20.0)
    monkeypatch.setattr(models_shown.shown, "__defaults__", (20.0,))
    return found


def test_counts_say_how_many_of_the_last_came_within_the_range():
    found = inside_of(past(off=-5.0))
    assert (found.n, found.inside, found.is_well) == (60, 0, False)
    assert inside_of(past(10)).is_well
    assert fell(past(off=-5.0)) == [0, 0, 0, 1]
    assert fell(past(off=1.0)) == [0, 1, 0, 0]


def test_both_are_compared_on_the_activities_that_both_forecast(two):
    n, champion, challenger = beside(two.champion, two.challenger)
    assert (n, champion.off_by, challenger.off_by) == (60, 5, 0)
    assert (champion.inside, challenger.inside) == (0, 60)
    assert beside(two.champion, None) is None


def test_the_page_tells_of_both_in_plain_words(two, visitor):
    page = visitor("data_scientist").get("/console/data/models").text
    for text in ("Of the last 60 forecasts of past activities, 0 came within the range; "
                 "54 were promised.", "That is too few", "60 came within the range",
                 "Both forecast these 60 activities", "Promote version 2", "Roll back to version 0",
                 "simple way", "标题 past-05"):  # fmt: skip
        assert text in page, text
    assert page.count("<svg") == 5


def test_a_reviewer_sees_no_buttons_and_is_refused(two, visitor):
    reviewer = visitor("hr_reviewer")
    page = reviewer.get("/console/data/models").text
    assert "<form" not in page[page.index("<main") :]
    for address in (PROMOTE, ROLL_BACK):
        found = reviewer.send(address, reason="x", confirmed="yes", version="participation-2")
        assert found.status_code == 403


def test_a_reason_and_a_yes_are_needed_and_nothing_written_is_lost(two, visitor, monkeypatch):
    monkeypatch.setattr(models, "promote_checked", lambda *_: pytest.fail("was promoted"))
    who = visitor("data_scientist")
    found = who.send(PROMOTE, version="participation-2+recommendation-2")
    assert found.status_code == 422
    assert "Say why" in found.text
    assert "Confirm that" in found.text
    found = who.send(PROMOTE, version="participation-2+recommendation-2", reason="<b>better")
    assert "Say why" not in found.text
    assert "&lt;b&gt;better</textarea>" in found.text
    found = who.send(PROMOTE, reason="x" * 501, confirmed="yes")
    assert "at most 500 characters" in found.text


@pytest.mark.parametrize(
    ("address", "name", "number", "said"),
    [(PROMOTE, "promote_checked", 2, "promoted"), (ROLL_BACK, "roll_back_checked", 0,
                                                   "rolled_back")],
)  # fmt: skip
def test_a_change_says_by_which_key_and_why(two, visitor, monkeypatch, address, name, number, said):
    given = []
    monkeypatch.setattr(models, name, lambda *arguments: given.append(arguments))
    found = visitor("admin").send(
        address, reason=" better ", confirmed="yes",
        version=f"participation-{number}+recommendation-{number}",
    )  # fmt: skip
    assert (found.status_code, found.headers["location"]) == (
        303, f"/console/data/models?said={said}",
    )  # fmt: skip
    ((_home, reason, by, expected),) = given
    assert (reason, expected) == ("better", versions(number))
    assert by.startswith("the admin (")


def test_a_refusal_is_told_beside_the_form(two, visitor, monkeypatch):
    def refused(*_):
        raise NotReadyError("no model is challenger; run `huoli train` to make one")

    monkeypatch.setattr(models, "promote_checked", refused)
    found = visitor("data_scientist").send(PROMOTE, reason="mine", confirmed="yes", version="")
    assert found.status_code == 422
    assert "no model is challenger" in found.text
    assert "mine</textarea>" in found.text


def test_one_version_without_kept_forecasts_says_so(visitor, monkeypatch):
    alone = card(1, "champion", None)
    monkeypatch.setattr(models_shown, "read_registry", lambda home: Registry([alone.pair], alone))
    monkeypatch.setattr(models_shown.shown, "__defaults__", (20.0,))
    page = visitor("admin").get("/console/data/models").text
    for text in (
        "No forecast of a past activity is kept",
        "Only one version so far",
        "There is no challenger",
        "There is nothing to roll back to",
        "None yet.",
    ):
        assert text in page, text


def test_while_models_are_read_the_page_is_there_and_looks_again(visitor, monkeypatch):
    import threading

    release = threading.Event()

    def slow(home):
        release.wait(20)
        return Registry()

    monkeypatch.setattr(models_shown, "read_registry", slow)
    monkeypatch.setattr(models_shown.shown, "__defaults__", (0.05,))
    who = visitor()
    page = who.get("/console/data/models").text
    assert "data-refresh" in page
    release.set()
    monkeypatch.setattr(models_shown.shown, "__defaults__", (20.0,))
    assert "No model yet." in who.get("/console/data/models").text


def test_changes_are_shown_and_a_log_that_was_altered_is_said_to_be(home, visitor, monkeypatch):
    home.mlruns.mkdir()
    before = fingerprint(home)
    append_promotion(home, "promote", versions(1), versions(2), "因为更准 <i>", {}, "Ann (key1)")
    assert fingerprint(home) != before
    monkeypatch.setattr("serving.console.model_cards.champion_versions", lambda home: {})
    monkeypatch.setattr("serving.console.model_cards.registered_pairs",
                        lambda home: [card(2, "champion", past()).pair])  # fmt: skip
    monkeypatch.setattr("serving.console.model_cards.past_of", lambda home, versions: past())
    monkeypatch.setattr("serving.console.model_cards.former_champion", lambda home: versions(1))
    monkeypatch.setattr(models_shown.shown, "__defaults__", (20.0,))
    who = visitor("data_scientist")
    page = who.get("/console/data/models").text
    assert "因为更准 &lt;i&gt;" in page
    assert "Ann (key1)" in page
    assert "promotions.jsonl line" not in page
    log_path(home).write_text(log_path(home).read_text().replace("Ann", "Bob"))
    page = who.get("/console/data/models").text
    assert "promotions.jsonl line 1" in page
    assert "Bob" in page


def test_a_registry_that_cannot_be_read_is_a_note_and_no_failure(home, visitor, monkeypatch):
    home.mlruns.mkdir()
    (home.mlruns / "mlflow.db").write_bytes(b"nonsense" * 1000)
    monkeypatch.setattr(models_shown.shown, "__defaults__", (20.0,))
    (problem,) = read_registry(home).problems
    found = visitor("admin").get("/console/data/models")
    assert found.status_code == 200
    assert "the registry of models cannot be read" in problem.in_language("en")
    assert "the registry of models cannot be read" in found.text
