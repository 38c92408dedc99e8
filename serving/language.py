"""Which language an answer is in."""

import json
import re

from features.language import LANGUAGES, preferred_language


def language_of(header: str | None) -> str:
    """The language that an Accept-Language header prefers; this machine's where it names neither.

    >>> language_of("fr, zh-CN;q=0.8, en;q=0.5"), language_of("en-GB")
    ('zh', 'en')
    """
    weighed = []
    for part in (header or "").split(","):
        name, _, weight = part.partition(";")
        number = re.fullmatch(r"\s*q=([01](?:\.\d*)?)\s*", weight)
        language = name.strip().lower()[:2]
        if language in LANGUAGES:
            weighed.append((float(number[1]) if number else 1.0, language))
    return max(weighed, key=lambda pair: pair[0])[1] if weighed else preferred_language()


def language_asked(body: bytes, header: str | None) -> str:
    """The language asked for in a body, where that can be read, else by the header.

    >>> language_asked(b'{"k": 0, "language": "zh"}', "en"), language_asked(b"{", "en")
    ('zh', 'en')
    """
    try:
        language = json.loads(body).get("language")
    except (ValueError, AttributeError, RecursionError):
        language = None
    return str(language) if language in LANGUAGES else language_of(header)
