"""Templates in the reader's language; every text of theirs stands in the catalogues."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2

from features.language import render

FOLDER = Path(__file__).parent / "templates"
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


@cache
def environment() -> jinja2.Environment:
    """The templates: what is not markup of ours is escaped; a name that lacks is a fault."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters["moment"] = moment_text
    found.filters["day"] = day_text
    found.filters["signed"] = signed
    found.globals["query"] = query
    return found


def rendered(template: str, language: str, context: Mapping[str, Any]) -> str:
    """The template's HTML in a language.

    Within it `_` is the text in that language, `lang` the language, and moments are given as
    `{{ value | moment(lang) }}`.
    """
    said = partial(_said, language)
    found = environment().get_template(template)
    return found.render(**context, _=said, lang=language)


def _said(language: str, template: str, **values: object) -> str:
    return render(template, values, language)


def moment_text(value: datetime | str | None, language: str, zone: str | None = None) -> str:
    """A moment as people read it, where it takes place.

    >>> moment_text("2026-12-10T08:00:00+00:00", "en", "+08:00")
    'Thu 10 Dec 2026, 16:00'
    """
    return _formatted(
        value, language, zone, {"en": "EEE d MMM y, HH:mm", "zh": "y年M月d日 EEE HH:mm"}
    )


def day_text(value: datetime | str | None, language: str, zone: str | None = None) -> str:
    """A day as people read it.

    >>> day_text("2026-12-10T08:00:00+00:00", "zh", "+08:00")
    '2026年12月10日'
    """
    return _formatted(value, language, zone, {"en": "d MMM y", "zh": "y年M月d日"})


def _formatted(
    value: datetime | str | None, language: str, zone: str | None, patterns: Mapping[str, str]
) -> str:
    from babel.dates import format_datetime

    if value is None:
        return "–"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(zone_of(zone))
    return str(format_datetime(local, patterns[language], locale=LOCALES[language]))


def zone_of(name: str | None) -> Any:
    """The zone of an IANA name or of an offset such as +08:00; UTC of none.

    >>> zone_of("+08:00").utcoffset(None)
    datetime.timedelta(seconds=28800)
    """
    from datetime import UTC
    from zoneinfo import ZoneInfo

    if not name:
        return UTC
    if name[0] in "+-":
        return datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo
    return ZoneInfo(name)


def signed(number: float) -> str:
    """A whole number with its sign, as a difference is read.

    >>> signed(3), signed(-3), signed(0)
    ('+3', '−3', '0')
    """
    return f"{round(number):+d}".replace("-", "−") if round(number) else "0"


def query(path: str, values: Mapping[str, object], **changed: object) -> str:
    """The path with a query of what is given, some of it changed; None leaves one out.

    >>> query("/console", {"q": "quiz", "page": 2}, page=3)
    '/console?q=quiz&page=3'
    """
    kept = {name: value for name, value in {**values, **changed}.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path
