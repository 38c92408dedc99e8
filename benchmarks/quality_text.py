"""The figures of quality.py as lines for people: beside baseline and bar, met or not."""

from collections.abc import Callable, Iterator

Figures = dict


def as_text(section: str, found: Figures) -> str:
    """One section's lines."""
    if "absent" in found:
        return f"== {section}: no real data at {found['absent']}, nothing measured"
    return "\n".join(LINES[section](found))


def met(value: bool) -> str:
    """How people say whether a bar is met.

    >>> met(True), met(False)
    ('yes', 'no')
    """
    return "yes" if value else "no"


def _real(found: Figures) -> Iterator[str]:
    for year, figures in found.items():
        yield f"== real data of {year}, by the protocols' scorers"
        for method, row in figures["methods"].items():
            values = "  ".join(f"{name} {value:.4f}" for name, value in row.items())
            yield f"{method:<28}{values}"
        yield f"{'':<22}{'submitted':>11}{'bar':>9}{'met':>6}"
        for bar in figures["bars"]:
            rest = f"  {bar['baseline']}" if "baseline" in bar else "  within 3 points or 2 errors"
            yield (f"{bar['figure']:<22}{bar['submitted']:>11.4f}{bar['bar']:>9.4f}"
                   f"{met(bar['met']):>6}{rest}")  # fmt: skip


def _strangers(found: Figures) -> Iterator[str]:
    low, high = found["difference_95"]
    yield (f"== strangers: no earlier yes, {found['from']} to {found['to']}, "
           f"{found['member_months']} member-months of {found['members']} members")  # fmt: skip
    for name, value in found["ndcg"].items():
        yield f"{name:<22}ndcg@10 {value:.4f}"
    yield (f"{'difference':<22}{found['difference']:+.4f}, 95% {low:+.4f} to {high:+.4f} "
           f"(bootstrap over members); bar {found['bar']}: {met(found['met'])}")  # fmt: skip


def _truth(found: Figures) -> Iterator[str]:
    yield (f"== truth: {found['seeds']} companies of {found['employees']} people and "
           f"{found['months']} months")  # fmt: skip
    yield from _distance(found["distance"])
    yield from _levels(found)
    gap = found["coherence"]
    yield (f"teams and late joiners add up to the total in every draw: largest gap "
           f"{gap['largest_gap']:g} people; met {met(gap['met'])}")  # fmt: skip
    yield from _what_if(found["what_if"])
    yield from _quiz(found["quiz"])


def _distance(found: Figures) -> Iterator[str]:
    yield (f"log-loss above that of the true probabilities, nats a pair "
           f"({found['rows']} pairs of {found['activities']} activities unseen)")  # fmt: skip
    for name, value in found["nats"].items():
        yield f"  {name:<26}{value:.4f}"
    yield (f"  {'over ' + found['best_baseline']:<26}{found['part']:.3f} "
           f"± {found['part_error']:.3f}; bar at most {found['bar']:.3f}; "
           f"met {met(found['met'])}")  # fmt: skip


def _levels(found: Figures) -> Iterator[str]:
    enough = "" if found["enough"] else " (fewer than the 500 that the bar asks for)"
    yield (f"90% intervals of {found['activities']} activities{enough}: randomised, against counts "
           "drawn anew; errors clustered by activity")  # fmt: skip
    yield (f"  {'level':<15}{'units':>7}{'holds':>8}{'±':>7}{'below':>8}{'above':>8}"
           f"{'width/true':>12}{'mean off':>10}{'happened':>10}{'±':>7}{'printed':>9}"
           f"{'met':>5}")  # fmt: skip
    for level, row in found["levels"].items():
        yield (f"  {level:<15}{row['units']:>7}{row['coverage']:>8.1%}{row['error']:>7.1%}"
               f"{row['below']:>8.1%}{row['above']:>8.1%}{row['width_over_true']:>12.2f}"
               f"{row['mean_off']:>10.2f}{row['happened']:>10.1%}{row['happened_error']:>7.1%}"
               f"{row['printed']:>9.1%}{met(row['met']):>5}")  # fmt: skip
    yield "  bar: holds within 3 points or 2 errors of 90%, width/true at most 1.3"
    yield "  mean off: the expected count's distance from the true mean, in true deviations"
    yield "  by the months of history that models had learnt from, total and project groups:"
    for months, levels in found["by_months"].items():
        named = [f"{levels[level]['coverage']:.1%} ± {levels[level]['error']:.1%}, "
                 f"width {levels[level]['width_over_true']:.2f}"
                 for level in ("total", "project_group") if level in levels]  # fmt: skip
        yield f"  {months:>4}  {levels['total']['activities']:>4} activities  {'; '.join(named)}"


def _what_if(found: Figures) -> Iterator[str]:
    yield (f"90% intervals of differences between {found['pairs']} pairs of designs hold the "
           f"true one: {found['covered']:.1%} ± {found['error']:.1%}; "
           f"met {met(found['met'])}")  # fmt: skip
    for changed, share in found["by_change"].items():
        yield f"  {changed:<15}{share:.1%}"


def _quiz(found: Figures) -> Iterator[str]:
    yield f"  {'R&D at a knowledge quiz':<28}{'Huoli':>10}{'past quizzes':>14}{'true':>10}"
    for share, row in found["rates"].items():
        label = f"{float(share):.0%} about the company"
        yield f"  {label:<28}{row['forecast']:>10.1%}{row['past']:>14.1%}{row['true']:>10.1%}"
    error = found["error"]
    yield (f"  {'mean distance from true':<28}{error['forecast']:>10.1%}{error['past']:>14.1%}"
           f"; bar nearer than past quizzes; met {met(found['met'])}")  # fmt: skip


def _latency(found: Figures) -> Iterator[str]:
    base = found["calls"]["GET /livez"]["p50_ms"]
    bars = {bar["call"]: bar for bar in found["bars"]}
    yield (f"== latency: {found['employees']} people, {found['cores']} cores, "
           f"load average before {found['load_before']}; after the first answer")  # fmt: skip
    yield (f"{'':<28}{'p50 ms':>9}{'p95 ms':>9}{'asked':>7}{'p50 over /livez':>17}"
           f"{'bar':>8}{'met':>11}")  # fmt: skip
    for name, row in found["calls"].items():
        bar = bars.get(name)
        rest = f"{bar['bar_ms']:>8}{met(bar['met']):>11}" if bar else ""
        yield (f"{name:<28}{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}{row['n']:>7}"
               f"{row['p50_ms'] / base:>16.0f}x{rest}")  # fmt: skip


LINES: dict[str, Callable[[Figures], Iterator[str]]] = {
    "real": _real, "strangers": _strangers, "truth": _truth, "latency": _latency,
}  # fmt: skip
