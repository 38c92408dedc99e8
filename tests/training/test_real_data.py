"""Both backtests on the Meetup extract: every invited pair and candidate; the protocols' bars."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from features.home import Home
from features.tables.importing import import_exports
from huoli.cli import huoli

SHARED = Path(__file__).parents[3] / "shared"
DATA, PROTOCOLS = SHARED / "data" / "meetup-montana", SHARED / "protocols"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not (DATA.is_dir() and PROTOCOLS.is_dir()), reason="no extract beside us"),
]
SHORT = ("2010-10-01", "2010-12-01")
YEAR = ("2014-01-01", "2015-01-01")


@pytest.fixture(scope="module")
def scorers():
    """The protocols' own modules: meetup, launch, ranking."""
    sys.path.insert(0, str(PROTOCOLS))
    try:
        import meetup
        import score_launch_forecast
        import score_ranking
    finally:
        sys.path.remove(str(PROTOCOLS))
    return meetup, score_launch_forecast, score_ranking


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("real") / "home")
    import_exports(home, DATA, "meetup")
    return home


def replay(home, kind, window, out):
    start, end = window
    done = CliRunner(env={"HUOLI_HOME": str(home.root), "HUOLI_LANG": "en"}).invoke(
        huoli, ["backtest", kind, "--from", start, "--to", end, "--out", str(out), "--json"]
    )
    if done.exit_code:
        raise AssertionError(done.output) from done.exception
    return out


def launch_figures(scorers, out, window):
    meetup, launch, _ = scorers
    tables = meetup.read(DATA)
    start, end = (meetup.window(day) for day in window)
    pairs = launch.invited_pairs(tables, start, end)
    given = meetup.submission(out / "pairs.parquet")
    assert not given.duplicated(["event_id", "member_id"]).any()
    joined = pairs.merge(given, on=["event_id", "member_id"], how="left")
    assert joined["probability"].notna().all()
    assert len(given) == len(pairs)
    assert (joined["y"].astype(bool) == joined["outcome"]).all()
    counts = launch.headcounts(tables, start, end)
    forecast = meetup.submission(out / "headcounts.parquet")
    assert set(forecast["event_id"]) == set(counts["event_id"])
    # the import leaves out answers of people who are no members of any group
    yes = meetup.yes_rsvps(tables)
    known = yes[yes["member_id"].isin(tables["members"]["member_id"])].groupby("event_id").size()
    counted = forecast.set_index("event_id")["count"]
    assert (counted == known.reindex(counted.index, fill_value=0)).all()
    return (
        launch.pair_metrics(joined["y"], joined["probability"]),
        launch.count_metrics(counts, forecast),
        launch.pair_metrics(pairs["y"], launch.baseline_pairs(tables, pairs)),
        launch.count_metrics(counts, launch.baseline_counts(tables, counts)),
    )


def ranking_figures(scorers, out, window):
    """(mean NDCG@10 over scored members, of how many)."""
    meetup, _, ranking = scorers
    tables = meetup.read(DATA)
    given = meetup.submission(out / "rankings.parquet")
    given["as_of"] = pd.to_datetime(given["as_of"], utc=True)
    assert not given.duplicated(["as_of", "member_id", "event_id"]).any()
    lists = given.sort_values("rank").groupby(["as_of", "member_id"])["event_id"].agg(list)
    found = []
    for cut, member, candidates, relevant, _ in ranking.cases(
        tables, *(meetup.window(day) for day in window)
    ):
        ranked = lists.loc[cut, member]
        assert set(candidates) <= set(ranked)
        found.append(ranking.metrics([e for e in ranked if e in set(candidates)], relevant)[0])
    return sum(found) / len(found), len(found)


def test_a_short_launch_window_holds_every_invited_pair_and_count(home, scorers, tmp_path):
    out = replay(home, "launch", SHORT, tmp_path / "launch")
    pairs, counts, _, _ = launch_figures(scorers, out, SHORT)
    assert 0 < pairs["log_loss"] < 0.7
    assert counts["pinball"] > 0


@pytest.mark.slow
def test_a_short_ranking_window_holds_every_candidate(home, scorers, tmp_path):
    window = ("2010-11-01", "2010-12-02")
    out = replay(home, "ranking", window, tmp_path / "ranking")
    ndcg, n_lists = ranking_figures(scorers, out, window)
    assert n_lists > 5
    assert 0 < ndcg <= 1


@pytest.mark.slow
def test_over_2014_launch_forecasts_pass_their_bars(home, scorers, tmp_path):
    out = replay(home, "launch", YEAR, tmp_path / "launch")
    pairs, counts, base_pairs, base_counts = launch_figures(scorers, out, YEAR)
    assert pairs["log_loss"] < min(0.0652, base_pairs["log_loss"])
    assert pairs["ap"] > max(0.336, base_pairs["ap"])
    assert counts["pinball"] < min(1.103, base_counts["pinball"])
    assert 0.85 <= counts["coverage90"] <= 0.95


@pytest.mark.slow
def test_over_2014_rankings_pass_their_bar(home, scorers, tmp_path):
    out = replay(home, "ranking", YEAR, tmp_path / "ranking")
    ndcg, n_lists = ranking_figures(scorers, out, YEAR)
    assert n_lists > 400
    assert ndcg > 0.587
