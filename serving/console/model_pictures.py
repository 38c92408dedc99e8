"""What a version's forecasts of past activities look like beside what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.history.columns import moment
from features.language import _
from serving.console.model_cards import Card
from serving.console.model_charts import errors_beside, forecasts_and_outcomes, where_outcomes_fell
from serving.console.model_figures import PARTS, PROMISED, Inside, fell, inside_of
from serving.console.pictures import Cell, Picture, Table, picture
from serving.console.rendering import day_text
from serving.console.site import Visit
from serving.console.zone import company_zone


@dataclass(frozen=True)
class Judged:
    """A card with its pictures."""

    card: Card
    inside: Inside | None
    dots: Picture | None
    parts: Picture | None


def judged(visit: Visit, card: Card | None) -> Judged | None:
    """The card with its pictures; without any where no forecasts are kept with it."""
    if card is None:
        return None
    if card.past is None or not len(card.past):
        return Judged(card, None, None, None)
    return Judged(card, inside_of(card.past), _dots(visit, card), _parts(visit, card))


def _dots(visit: Visit, card: Card) -> Picture:
    assert card.past is not None  # noqa: S101
    ordered = card.past.sort_values(["starts", "activity_id"]).to_dict("records")
    points = [(float(one["mean"]), float(one["p05"]), float(one["p95"]), int(one["count"]))
              for one in ordered]  # fmt: skip
    arguments = {
        "points": points, "x": visit.say("how many came"), "y": visit.say("how many were forecast"),
        "names": (visit.say("came within the range"), visit.say("outside of it")),
    }  # fmt: skip
    heads = (_("Activity"), _("Starts"), _("Expected"), _("Low"), _("High"), _("Came"))
    rows: list[list[Cell]] = [
        [_title(visit, str(one["activity_id"])), _day_of(visit, int(one["starts"])),
         round(mean), round(low), round(high), came]
        for one, (mean, low, high, came) in zip(ordered, points, strict=True)
    ]  # fmt: skip
    alt = visit.say("Version {n}: forecast and turnout of each past activity", n=card.name)
    return picture(forecasts_and_outcomes, arguments, alt,
                   Table([visit.say(head) for head in heads], rows))  # fmt: skip


def _parts(visit: Visit, card: Card) -> Picture:
    assert card.past is not None  # noqa: S101
    names = [visit.say(name) for name in PARTS]
    shares = fell(card.past)
    arguments = {
        "rows": list(zip(names, shares, PROMISED, strict=True)),
        "names": (visit.say("so many came there"), visit.say("promised")),
        "label": visit.say("of 100 activities"),
    }
    heads = (visit.say("Turnout"), visit.say("of 100 activities"), visit.say("promised"))
    rows: list[list[Cell]] = [
        [name, round(100 * share), round(100 * promised)]
        for name, share, promised in zip(names, shares, PROMISED, strict=True)
    ]
    alt = visit.say("Version {n}: where turnout fell in the ranges that were given", n=card.name)
    return picture(where_outcomes_fell, arguments, alt, Table(heads, rows))


def gains(visit: Visit, cards: Sequence[Card]) -> Picture | None:
    """Errors of each version beside the simple way's; None where none are known."""
    panels, rows = [], []
    for name, simple, words, factor in (
        ("counts.mae_median", "counts_past.mae_median", _("head counts off by, people"), 1),
        ("launch.calibration_error", "launch_own_rate.calibration_error",
         _("chances off by, points"), 100),
        ("launch.log_loss", "launch_own_rate.log_loss", _("error of single chances"), 1),
    ):  # fmt: skip
        known = [card for card in cards if {name, simple} <= card.pair.metrics.keys()]
        if not known:
            continue
        bars = [(visit.say("Version {n}", n=card.name), factor * card.pair.metrics[name])
                for card in known]  # fmt: skip
        bars.append((visit.say("simple way"), factor * known[0].pair.metrics[simple]))
        panels.append((visit.say(words), bars))
        rows += [[visit.say(words), who, f"{value:.3g}"] for who, value in bars]
    if not panels:
        return None
    heads = (visit.say("Measure"), visit.say("Version"), visit.say("Figure"))
    alt = visit.say("Errors of the forecasts beside those of a simple way; shorter is better")
    return picture(errors_beside, {"panels": panels}, alt, Table(heads, rows))


def _title(visit: Visit, activity_id: str) -> str:
    state = visit.desk.loaded
    place = state.board.history.activity_index(activity_id) if state else -1
    return state.board.title(place) if state and place >= 0 else activity_id


def _day_of(visit: Visit, micros: int) -> str:
    return day_text(moment(micros), visit.language, company_zone(visit.desk))
