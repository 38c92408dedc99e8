"""Which language an answer is in."""

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
