"""Forecasts of small simulated companies beside the truth that their simulator knows.

    python benchmarks/truth.py [--employees 600] [--months 24] [--seeds 3] [--json]

Each seed is another company, simulated, imported and trained in a temporary HUOLI_HOME. Printed
are, over all of them: how often 90% intervals of head counts would hold if the activity were held
again and again, how wide they are beside those of the true distribution, and R&D's turnout at
knowledge quizzes; each beside what past counts alone would have said.
"""

import argparse
import json
from datetime import date
from pathlib import Path

import pandas as pd
from measuring import Company, head_counts, interval_figures, quiz_rates
from running import make_company, temporary_home

from features.home import Home
from sample_company.settings import Settings

END = date(2025, 1, 1)


def main() -> None:
    """Measure each seed, and print all together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--employees", type=int, default=600)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--seeds", type=int, default=3, help="how many companies")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    args = parser.parse_args()
    counts, quizzes = [], []
    for seed in range(1, args.seeds + 1):
        with temporary_home() as home:
            company = trained(home, Settings(args.employees, args.months, END, seed))
            counts.append(head_counts(company).assign(seed=seed))
            quizzes.append(quiz_rates(company).assign(seed=seed))
    result = summary(pd.concat(counts), pd.concat(quizzes))
    size = {name: getattr(args, name) for name in ("employees", "months", "seeds")}
    print(json.dumps(size | result) if args.json else as_text(size | result))


def trained(home: Path, settings: Settings) -> Company:
    """A company made and trained in the home."""
    options = ("--end", settings.end_date, "--seed", settings.seed)
    make_company(home, settings.employees, settings.months, *options)
    return Company.of(Home(home), settings)


def summary(counts: pd.DataFrame, quizzes: pd.DataFrame) -> dict:
    """The figures over all companies."""
    rates = quizzes.groupby("corporate_share", sort=False)[["forecast", "past", "true"]].mean()
    return {
        "n_activities": len(counts),
        "head_counts": {name: interval_figures(counts, name) for name in ("forecast", "past")},
        "quiz": {f"{share:g}": row.to_dict() for share, row in rates.iterrows()},
        "quiz_error": {name: float((quizzes[name] - quizzes["true"]).abs().mean())
                       for name in ("forecast", "past")},
    }  # fmt: skip


def as_text(result: dict) -> str:
    """The summary as lines for people."""
    lines = [
        f"{result['seeds']} companies of {result['employees']} people and {result['months']} "
        f"months; {result['n_activities']} coming activities, forecast as before launch",
        f"{'head counts':<28}{'90% holds':>10}{'width/true':>12}{'error of mean':>15}",
    ]
    for name, label in (("forecast", "Huoli"), ("past", "past counts of the audience")):
        found = result["head_counts"][name]
        lines.append(f"{label:<28}{found['coverage_90']:>10.1%}{found['width_over_true']:>12.2f}"
                     f"{found['mae_of_mean']:>15.1f}")  # fmt: skip
    lines.append(f"{'R&D at a knowledge quiz':<28}{'Huoli':>10}{'past quizzes':>14}{'true':>10}")
    for share, row in result["quiz"].items():
        label = f"{float(share):.0%} about the company"
        lines.append(f"{label:<28}{row['forecast']:>10.1%}{row['past']:>14.1%}{row['true']:>10.1%}")
    error = result["quiz_error"]
    lines.append(f"{'mean distance from true':<28}{error['forecast']:>10.1%}{error['past']:>14.1%}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
