"""What quality.py makes of what it measured, and that it looks at 2014 only on record."""

import sys

import numpy as np
import pandas as pd
import pytest

LAUNCH = """\
100 events, 5000 invited pairs, 90 yes, 5.09 a head count
pairs base-rate       log_loss 0.08410  brier 0.01623  auc 0.5000  ap 0.0165  ece 0.00450
pairs member-rate     log_loss 0.06518  brier 0.01304  auc 0.8464  ap 0.3359  ece 0.00656
count group-180d      mae_mean 3.5422  mae_p50 3.1387  pinball 1.1034  coverage90 0.88  width90 10.8
pairs submitted       log_loss 0.04433  brier 0.01091  auc 0.9541  ap 0.5125  ece 0.00212
count submitted       mae_mean 2.6204  mae_p50 2.6170  pinball 1.2502  coverage90 0.80  width90 7.4
"""
RANKING = """\
458 member-months
                     ndcg@10  map@10  recall@10
method                                         
own groups, popular   0.5873  0.4556     0.9711
popular               0.3407  0.2669     0.5245
submitted             0.8489  0.7922     0.9991

              ndcg@10
0              0.6647  0.4831    0.6761
"""  # noqa: W291


def test_the_scorers_lines_are_read_and_set_beside_the_best_baseline(benchmark_code):
    found = benchmark_code("quality_real").real_figures(LAUNCH, RANKING)
    bars = {bar["figure"]: bar for bar in found["bars"]}
    assert bars["pairs log_loss"]["baseline"] == "pairs member-rate"
    assert bars["ranking ndcg@10"]["bar"] == 0.5873
    assert [bar["met"] for bar in found["bars"]] == [True, False, True, False]


@pytest.fixture
def quality(benchmark_code, monkeypatch):
    """quality.py with sections that measure nothing: (module, uses noted, windows asked for)."""
    module, uses, final = benchmark_code("quality"), [], []

    class Use:
        def add(self, figures):
            uses.append(figures)

    def noted(why):
        uses.append(why)
        return Use()

    def section(args):
        final.append(args.final)
        return {"absent": "here"}

    monkeypatch.setattr(module.final_uses, "note_use", noted)
    monkeypatch.setattr(module, "SECTIONS", dict.fromkeys(module.SECTIONS, section))
    return module, uses, final


@pytest.mark.parametrize("given", [[], ["--only", "real"], ["--only", "truth", "--final"]])
def test_what_does_not_look_at_the_final_year_is_not_noted(quality, monkeypatch, given):
    module, uses, _ = quality
    monkeypatch.setattr(sys, "argv", ["quality.py", *given])
    module.main()
    assert uses == []


def test_a_look_at_the_final_year_is_noted_first_and_its_figures_after(quality, monkeypatch):
    module, uses, final = quality
    monkeypatch.setattr(sys, "argv", ["quality.py", "--final", "--why", "release"])
    module.main()
    assert uses == ["release", {"real": {"absent": "here"}, "strangers": {"absent": "here"}}]
    assert set(final) == {True}


@pytest.mark.parametrize(("final", "last"), [(False, "2014-01-01"), (True, "2015-01-01")])
def test_windows_end_before_the_final_year_unless_it_is_asked_for(
    benchmark_code, monkeypatch, tmp_path, final, last
):
    module, asked = benchmark_code("quality_real"), []
    monkeypatch.setattr(module, "import_meetup", lambda *_: None)
    monkeypatch.setattr(module, "replay", lambda home, kind, start, end, out: asked.append(end))
    monkeypatch.setattr(
        module, "scored", lambda scorer, *_: LAUNCH if "launch" in str(scorer) else RANKING
    )
    monkeypatch.setattr(module, "stranger_months", lambda *_: None)
    monkeypatch.setattr(module, "stranger_figures", lambda _: {})
    args = benchmark_code("quality").arguments().parse_args([])
    args.data, args.final = tmp_path, final
    module.real(args)
    module.strangers(args)
    assert max(asked) == last


def test_strangers_are_those_without_an_earlier_yes_and_set_in_pairs(benchmark_code):
    months = pd.DataFrame({
        "member": ["a", "a", "b", "c"], "submitted": [1.0, 0.8, 0.7, 0.9],
        "own groups, popular": [0.5, 0.6, 0.7, 0.4],
    })  # fmt: skip
    found = benchmark_code("strangers").stranger_figures(months)
    assert found["difference"] == pytest.approx(0.3)
    assert (found["member_months"], found["members"]) == (4, 3)
    assert not found["met"]


def interval_table(covered, width, n=20):
    return pd.DataFrame({
        "level": "total", "activity": [f"1 {number}" for number in range(n)], "expected": 10.0,
        "true": 11.0, "true_sd": 4.0, "width": width, "true_width": 10.0, "covered": covered,
        "below": 0.02, "above": 0.08, "happened": 1.0, "printed": 0.9,
    })  # fmt: skip


@pytest.mark.parametrize(("covered", "width", "met"), [
    (0.9, 12.0, True), (0.88, 12.0, True), (0.95, 12.0, False), (0.9, 14.0, False),
])  # fmt: skip
def test_intervals_must_hold_as_often_as_they_say_and_be_no_wider(
    benchmark_code, covered, width, met
):
    found = benchmark_code("judging").interval_figures(interval_table(covered, width))["total"]
    assert found["met"] is met
    assert found["coverage"] == pytest.approx(covered)
    assert found["mean_off"] == pytest.approx(0.25)


def test_the_distance_is_set_beside_the_best_baseline(benchmark_code):
    table = pd.DataFrame({
        "activity": ["1 a", "1 b", "1 c"], "rows": [10.0, 20.0, 0.0], "Huoli": [1.0, 1.0, 0.0],
        "own rate": [4.0, 4.0, 0.0], "base rate": [9.0, 9.0, 0.0],
    })  # fmt: skip
    found = benchmark_code("judging").distance_figures(table)
    assert found["best_baseline"] == "own rate"
    assert found["part"] == pytest.approx(0.25)
    assert found["part_error"] == pytest.approx(0, abs=1e-12)
    assert found["met"]


def test_levels_and_misses_are_told_of_a_forecast_that_never_varies(benchmark_code):
    judging, held_out = benchmark_code("judging"), benchmark_code("held_out")

    class Counts:
        def quantiles(self, levels, mask=None):
            return np.full(len(levels), 2.0 if mask is None else 1.0)

        def expected(self, mask=None):
            return 2.0

        def count(self, mask=None):
            return np.full(5, 3 if mask is None else int(mask.sum()))

    drawn = np.array([[True, True], [True, False]])
    held = held_out.HeldOut(
        "HD1", 12, Counts(), {"city": np.array(["A", "B"])}, {"Huoli": np.array([0.9, 0.5])},
        np.array([0.9, np.nan]), drawn, np.array([0, 0]), drawn[:, 0], 0,
    )  # fmt: skip
    rows = pd.DataFrame(judging.intervals(held)).set_index("level")
    total = rows.loc["total", ["people", "covered", "below", "happened"]].tolist()
    # a count of 1 lies below the forecast of 2; one of 2 is the forecast, and held nine in ten
    assert total == pytest.approx([2, 0.45, 0.525, 0.9])
    assert len(rows.loc["city"]) == 2
    assert judging.incoherence(held) == 0
    assert judging.distances(held) == {"Huoli": pytest.approx(0), "rows": 1.0}
