"""`huoli backtest`: files in the protocols' form, refusals, and a stop in the middle."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from click.testing import CliRunner

from features.feature_store import current_features
from features.home import Home
from features.tables.snapshots import write_tables
from huoli.cli import huoli
from huoli.commands import backtest_command
from training.metrics import LEVELS

WINDOW = ("--from", "2026-02-01", "--to", "2026-03-01")


@pytest.fixture(scope="module")
def home(tmp_path_factory, tables_of, company):
    home = Home(tmp_path_factory.mktemp("backtest") / "home")
    records = company()
    half = {f"P{n:02}" for n in range(40)}
    some = {table: [row for row in rows if row.get("employee_id", "P00") in half]
            for table, rows in records.items()}  # fmt: skip
    write_tables(home, tables_of(some), datetime(2026, 4, 6, tzinfo=UTC), "test", {})
    return home


@pytest.fixture
def backtest(home, monkeypatch):
    """`huoli backtest` with these arguments, in this process."""
    monkeypatch.setenv("HUOLI_HOME", str(home.root))
    monkeypatch.setenv("HUOLI_LANG", "en")
    return lambda *arguments: CliRunner().invoke(huoli, ["backtest", *map(str, arguments)])


@pytest.fixture(scope="module")
def launched(home, tmp_path_factory):
    out = tmp_path_factory.mktemp("launched")
    done = CliRunner(env={"HUOLI_HOME": str(home.root), "HUOLI_LANG": "zh"}).invoke(
        huoli, ["backtest", "launch", *WINDOW, "--out", str(out), "--json", "--horizons", "3,14",
                "--report", str(out / "report.html")]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return out, json.loads(done.output)


@pytest.fixture(scope="module")
def ranked(home, tmp_path_factory):
    out = tmp_path_factory.mktemp("ranked")
    done = CliRunner(env={"HUOLI_HOME": str(home.root), "HUOLI_LANG": "en"}).invoke(
        huoli, ["backtest", "ranking", *WINDOW, "--out", str(out), "--json",
                "--report", str(out / "report.html")]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return out, json.loads(done.output)


def held(company):
    return {row["activity_id"] for row in company()["activities"]
            if "2026-02-01" <= str(row["starts_at"])[:10] < "2026-03-01"
            and not row.get("cancelled_at")}  # fmt: skip


def test_launch_writes_a_row_per_invited_pair_and_per_activity(launched, company):
    out, said = launched
    pairs, counts = (pd.read_parquet(out / f"{name}.parquet") for name in ("pairs", "headcounts"))
    activities = held(company)
    assert len(activities) == 4
    assert set(counts["activity_id"]) == set(pairs["activity_id"]) == activities
    assert not pairs.duplicated(["activity_id", "employee_id"]).any()
    # those who refuse profiling are judged with everyone else here
    assert (pairs.groupby("activity_id").size() == 40).all()
    assert pairs["probability"].between(0, 1).all()
    assert (counts[list(LEVELS)].diff(axis=1).iloc[:, 1:] >= 0).all().all()
    assert set(said["metrics"]) == {"pairs", "pairs base rate", "pairs own rate", "head counts",
                                    "head counts past"}  # fmt: skip
    starts = {row["activity_id"]: row["starts_at"] for row in company()["activities"]}
    for row in counts.itertuples():
        assert starts[row.activity_id] - row.as_of == pd.Timedelta(days=14)
    outcome = pairs.groupby("activity_id")["outcome"].sum()
    assert (counts.set_index("activity_id")["count"] == outcome).all()
    assert said["metrics"]["pairs"]["log_loss"] < said["metrics"]["pairs base rate"]["log_loss"]


def test_ranking_writes_a_row_per_person_and_candidate(ranked, company):
    out, said = ranked
    table = pd.read_parquet(out / "rankings.parquet")
    assert {str(at)[:10] for at in table["as_of"].unique()} == {"2026-02-01"}
    assert table["employee_id"].nunique() == 40
    assert set(table["activity_id"]) <= held(company) | {"held-59"}
    lists = table.groupby(["as_of", "employee_id"])
    for name in ("rank", "rank_popularity", "rank_own_group"):
        assert lists[name].agg(lambda r: sorted(r) == list(range(1, len(r) + 1))).all()
    ordered = table.sort_values(["employee_id", "rank"])
    assert ordered.groupby("employee_id")["probability"].agg(
        lambda p: p.is_monotonic_decreasing
    ).all()  # fmt: skip
    assert set(said["metrics"]) == {"ranking", "popularity", "own group, popularity"}
    assert said["metrics"]["ranking"]["ndcg_at_10"] > said["metrics"]["popularity"]["ndcg_at_10"]


def test_launch_reports_in_the_readers_language_and_names_nobody(launched, company):
    out, said = launched
    assert said["report"] == str(out / "report.html")
    assert said["files"] == ["pairs.parquet", "headcounts.parquet", "teams.parquet"]
    html = (out / "report.html").read_text(encoding="utf-8")
    for text in ("活动发起前预测的回放", "按距开始天数的质量", "huoli ablate --from 2026-02-01"):
        assert text in html
    assert all(activity in html for activity in held(company))
    for person in company()["employees"]:
        assert person["employee_id"] not in html
    teams = pd.read_parquet(out / "teams.parquet")
    assert teams["size"].min() >= 5


def test_ranking_reports_diversity_novelty_and_reach_beside_hits(ranked, company):
    out, said = ranked
    html = (out / "report.html").read_text(encoding="utf-8")
    for name, text in (("diversity_at_10", "diversity@10"), ("novelty_at_10", "novelty@10"),
                       ("activities_reached", "activities reached"),
                       ("gini_of_exposure", "Gini of exposure")):  # fmt: skip
        assert text in html
        assert all(name in found for found in said["metrics"].values())
    for person in company()["employees"]:
        assert person["employee_id"] not in html


@pytest.mark.parametrize("option", [("--horizons", "3,7"), ("--with-ablation",)])
def test_what_shows_in_the_report_alone_is_refused_without_one(option, backtest, tmp_path):
    done = backtest("launch", *WINDOW, "--out", tmp_path / "out", *option)
    assert f"{option[0]} shows in the report alone" in str(done.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("days", ["soon", "3,,7", "-1,3", "3;7", "400", "nan"])
def test_horizons_that_are_no_days_are_refused_by_name(days, backtest, tmp_path):
    done = backtest("launch", *WINDOW, "--out", tmp_path, "--horizons", days)
    said = str(done.exception)
    assert (
        f"--horizons must be days from 0 to 365 with commas, such as 3,7,14, found {days}" in said
    )


def test_figures_that_all_methods_share_stand_in_columns():
    lines = backtest_command._figure_lines({"a": {"x": 1.0, "y": 2.0}, "b": {"x": 3.0, "y": 4.0}})
    assert [line.split() for line in lines] == [
        ["a", "b"], ["x", "1.0000", "3.0000"], ["y", "2.0000", "4.0000"],
    ]  # fmt: skip


@pytest.mark.parametrize("protocol", ["launch", "ranking"])
@pytest.mark.parametrize(
    "window",
    [
        ("1990-01-01", "1991-01-01"),
        ("2030-01-01", "2030-02-01"),
        ("2026-03-01", "2026-02-01"),
        ("2026-02-01", "2026-02-01"),
    ],
)
def test_a_window_without_activities_is_refused_by_name(protocol, window, backtest, tmp_path):
    start, end = window
    done = backtest(protocol, "--from", start, "--to", end, "--out", tmp_path / "out")
    assert done.exit_code != 0
    assert f"--from {start} to --to {end} hold no activity" in str(done.exception or done.output)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("protocol", ["launch", "ranking"])
def test_a_bad_date_is_refused_by_name(protocol, backtest, tmp_path):
    for value in ("2026-02-30", "yesterday", "2026"):
        done = backtest(protocol, "--from", value, "--to", "2026-03-01", "--out", tmp_path / "out")
        assert done.exit_code != 0
        said = str(done.exception or done.output)
        assert f"--from must be a date such as 2014-01-31, found {value}" in said
    assert backtest(protocol, "--from", "2026-02-01").exit_code != 0


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "366", "soon"])
def test_days_that_are_none_are_refused(days, backtest, tmp_path):
    done = backtest("launch", *WINDOW, "--out", tmp_path / "out", "--lead-days", days)
    assert done.exit_code != 0
    assert "--lead-days" in done.output


@pytest.mark.parametrize("protocol", ["launch", "ranking"])
def test_a_window_beyond_the_data_ends_with_them(protocol, home, backtest, tmp_path):
    done = backtest(protocol, "--from", "2026-03-01", "--to", "2026-06-01", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(next(tmp_path.glob("[pr]*s.parquet")))
    # those of April and May are known of, and not over
    assert set(table["activity_id"]) == {"held-59", "held-60", "held-61"}
    # nor are features of days put online of which nothing is known
    assert max(current_features(home).days) <= datetime(2026, 4, 6, tzinfo=UTC)


def test_a_stop_in_the_middle_leaves_the_former_files_whole(tmp_path, monkeypatch):
    table = pd.DataFrame({"a": range(9)})
    backtest_command._write(tmp_path, {"pairs": table, "headcounts": table})
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")}
    assert set(before) == {"pairs.parquet", "headcounts.parquet"}

    def stop(self, path, **_):
        path.write_bytes(b"half a fi")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_parquet", stop)
    with pytest.raises(KeyboardInterrupt):
        backtest_command._write(tmp_path, {"pairs": table.head(2)})
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")
            if not path.name.startswith(".")} == before  # fmt: skip


def test_what_was_written_before_is_replaced(tmp_path):
    table = pd.DataFrame({"a": range(9)})
    for rows in (table, table.head(3)):
        backtest_command._write(tmp_path / "new", {"pairs": rows})
    assert len(pd.read_parquet(tmp_path / "new" / "pairs.parquet")) == 3
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pairs.parquet"]
