"""A portrait in plain words: what stands out, and nothing that chance explains."""

from collections.abc import Callable, Sequence

from features.language import _, render
from serving.console.rendering import LOCALES
from serving.held import Kind
from serving.portrait_labels import kind_label, survey_label
from serving.team_portraits import Portrait, Row

# so far apart figures must be to be worth a word: shares, ratings
APART, RATED_APART = 0.05, 0.3
MOST_NAMED = 3
USUALLY = _("Takes up {n} of 100 invitations, the whole company {m}.")
ROSE = _("That is more than half a year before, when it was {n}.")
FELL = _("That is less than half a year before, when it was {n}.")
MORE = _("Comes to these more than others do: {names}.")
LESS = _("Comes to these less than others do: {names}.")
TIMES = _("Comes most {most} ({n} of 100) and least {least} ({m} of 100).")
BEST_MODE = _("Comes more {most} ({n} of 100) than {least} ({m} of 100).")
RATES_HIGHER = _("In surveys it likes these more than others do: {names}.")
RATES_LOWER = _("In surveys it likes these less than others do: {names}.")
NO_DIFFERENCE = _("What it comes to does not differ clearly from the whole company.")


def told(portrait: Portrait, language: str) -> list[str]:
    """The sentences, the most general first."""
    return [
        *_usual(portrait.usual, language),
        *_tastes(portrait, language),
        *_best(portrait.rates["slot"], "slot", TIMES, language),
        *_best(portrait.rates["mode"], "mode", BEST_MODE, language),
    ]


def _usual(row: Row, language: str) -> list[str]:
    if row.now is None or row.company is None:
        return []
    values = {"n": round(100 * row.now.value), "m": round(100 * row.company.value)}
    found = [render(USUALLY, values, language)]
    if row.before and row.now.is_apart_from(row.before, APART):
        change = ROSE if row.now.value > row.before.value else FELL
        found.append(render(change, {"n": round(100 * row.before.value)}, language))
    return found


def _tastes(portrait: Portrait, language: str) -> list[str]:
    def of_kind(row: Row) -> str:
        return kind_label("template", row.name, language)

    def of_topic(row: Row) -> str:
        return survey_label(row.name, language)

    templates = portrait.rates["template"]
    found = [
        *_named(templates, 1, APART, MORE, of_kind, language),
        *_named(templates, -1, APART, LESS, of_kind, language),
        *_named(portrait.ratings, 1, RATED_APART, RATES_HIGHER, of_topic, language),
        *_named(portrait.ratings, -1, RATED_APART, RATES_LOWER, of_topic, language),
    ]
    return found or ([render(NO_DIFFERENCE, {}, language)] if templates else [])


def _named(
    rows: Sequence[Row], sign: int, apart: float, template: str, name: Callable[[Row], str],
    language: str,
) -> list[str]:  # fmt: skip
    """A sentence on what is higher (or lower) than the company's, the most so first."""
    found = [
        (sign * (row.now.value - row.company.value), row)
        for row in rows
        if row.now and row.company and row.now.is_apart_from(row.company, apart)
    ]
    names = [name(row) for gain, row in sorted(found, key=lambda one: -one[0]) if gain > 0]
    if not names:
        return []
    return [render(template, {"names": listed(names[:MOST_NAMED], language)}, language)]


def _best(rows: Sequence[Row], kind: Kind, template: str, language: str) -> list[str]:
    """A sentence on the highest and lowest of a kind, where they differ clearly."""
    sure = [(row.now, row.name) for row in rows if row.now and not row.now.is_few]
    if len(sure) < 2:
        return []
    most, least = (choose(sure, key=lambda one: one[0].value) for choose in (max, min))
    if not most[0].is_apart_from(least[0], APART) or not least[0].is_apart_from(most[0], APART):
        return []
    values = {
        "most": kind_label(kind, most[1], language), "n": round(100 * most[0].value),
        "least": kind_label(kind, least[1], language), "m": round(100 * least[0].value),
    }  # fmt: skip
    return [render(template, values, language)]


def listed(names: Sequence[str], language: str) -> str:
    """Names as a sentence lists them.

    >>> listed(["games", "stories", "courses"], "en")
    'games, stories and courses'
    """
    from babel.lists import format_list

    return str(format_list(list(names), locale=LOCALES[language]))
