"""Figures of simulated companies beside the truth that their simulator knows."""

import itertools
from argparse import Namespace
from datetime import date

import pandas as pd
import what_if
from calibration import near_nominal
from held_out import coming_forecasts, past_forecasts
from judging import distance_figures, distances, incoherence, interval_figures, intervals
from measuring import Company, quiz_rates
from running import make_company, note, temporary_home

from features.home import Home
from huoli.loading import employee_features, load_history
from sample_company.settings import Settings

END = date(2025, 1, 1)
LEAST_ACTIVITIES = 500
Figures = dict


def truth(args: Namespace) -> Figures:
    """Several simulated companies beside the truth."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for seed in range(1, args.seeds + 1):
        note(f"truth: company {seed} of {args.seeds}, making and training it")
        settings = Settings(args.employees, args.months, END, seed)
        with temporary_home() as home:
            options = ("--end", settings.end_date, "--seed", seed)
            make_company(home, settings.employees, settings.months, *options)
            for name, table in company_tables(Home(home), settings).items():
                parts.setdefault(name, []).append(table.assign(seed=seed))
    tables = {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}
    size = {name: getattr(args, name) for name in ("seeds", "employees", "months")}
    return size | truth_figures(tables)


def company_tables(home: Home, settings: Settings) -> dict[str, pd.DataFrame]:
    """One trained company's `distances`, `intervals`, `quizzes` and, where built, `differences`."""
    company = Company.of(home, settings)
    history, until = load_history(home)
    note("truth: replaying its last year")
    own, pairs, counts = employee_features(home), [], []
    past = past_forecasts(company.world, history, until, own)
    for held in itertools.chain(past, coming_forecasts(company)):
        name = {"activity": f"{settings.seed} {held.activity_id}", "months": held.months}
        if held.p:
            pairs.append(name | distances(held))
        wrong = incoherence(held)
        counts += [name | row | {"incoherence": wrong} for row in intervals(held)]
    return {"distances": pd.DataFrame(pairs), "intervals": pd.DataFrame(counts),
            "quizzes": quiz_rates(company),
            "differences": what_if.differences(company)}  # fmt: skip


def truth_figures(tables: dict[str, pd.DataFrame]) -> Figures:
    """The figures of all companies' tables together."""
    quizzes, counts = tables["quizzes"], tables["intervals"]
    rates = quizzes.groupby("corporate_share", sort=False)[["forecast", "past", "true"]].mean()
    error = {name: float((quizzes[name] - quizzes["true"]).abs().mean())
             for name in ("forecast", "past")}  # fmt: skip
    n_activities = int(counts["activity"].nunique())
    worst = float(counts["incoherence"].max())
    return {
        "distance": distance_figures(tables["distances"].drop(columns=["months", "seed"])),
        "activities": n_activities, "enough": n_activities >= LEAST_ACTIVITIES,
        "levels": interval_figures(counts),
        "by_months": {str(months): interval_figures(part)
                      for months, part in counts.groupby("months")},
        "coherence": {"largest_gap": worst, "met": worst == 0},
        "what_if": difference_figures(tables["differences"]),
        "quiz": {"rates": {f"{share:g}": row.to_dict() for share, row in rates.iterrows()},
                 "error": error, "met": error["forecast"] < error["past"]},
    }  # fmt: skip


def difference_figures(table: pd.DataFrame) -> Figures:
    """The share of stated intervals of differences that hold the true one, by what was changed."""
    covered = float(table["covered"].mean())
    error = float(table.groupby("seed")["covered"].mean().sem())
    near = near_nominal(covered, error)
    by_change = table.groupby("changed", sort=False)["covered"].mean()
    return {"pairs": len(table), "covered": covered, "error": error, "met": near,
            "by_change": by_change.to_dict()}  # fmt: skip
