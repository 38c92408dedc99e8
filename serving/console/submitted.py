"""A form as a browser sends it."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from serving.problems import Problem

MOST_FIELDS = 2_000
Form = Mapping[str, list[str]]


def submitted(body: bytes) -> Form:
    """The values of each field; an empty text is kept, as what a person left empty.

    Raises:
        Problem: 400, it is no form.

    >>> submitted(b"team=R%26D&team=Sales&note=")
    {'team': ['R&D', 'Sales'], 'note': ['']}
    """
    try:
        found = parse_qs(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS,
            encoding="utf-8", errors="strict",
        )  # fmt: skip
    except (UnicodeDecodeError, ValueError):
        raise Problem(400) from None
    if any("\x00" in text for values in found.values() for text in values):
        raise Problem(400)
    return found
