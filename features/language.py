"""Every message in English and Chinese: the English text is the key of the catalogue.

Each package keeps its Chinese in `locale/zh.po`, which Babel reads as it stands, so no compiled
catalogue has to be built or kept.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PACKAGES = ("features", "training", "engagement", "serving", "huoli")
LANGUAGES = ("en", "zh")


def _(template: str) -> str:
    """Mark a text for the catalogues where it is not rendered at once."""
    return template


def preferred_language() -> str:
    """The reader's language: HUOLI_LANG, else the locale's; "en" unless that is Chinese."""
    names = (os.environ.get(name, "") for name in ("HUOLI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "en")
    return "zh" if chosen.lower().startswith("zh") else "en"


@cache
def chinese() -> Mapping[str, str]:
    """The Chinese text of each English template, over all packages."""
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for package in PACKAGES:
        path = Path(__file__).parent.parent / package / "locale" / "zh.po"
        if path.is_file():
            with path.open("rb") as lines:
                catalogue = read_po(lines, locale="zh")
            texts |= {str(entry.id): str(entry.string) for entry in catalogue if entry.id}
    return texts


def render(
    template: str, values: Mapping[str, object] | None = None, language: str | None = None
) -> str:
    """The template in the reader's language, with its values filled in.

    A template without a Chinese text stays English: a test finds such ones.

    >>> render("{n} rows", {"n": 3}, "en")
    '3 rows'
    """
    if (language or preferred_language()) == "zh":
        template = chinese().get(template) or template
    return template.format(**(values or {}))
