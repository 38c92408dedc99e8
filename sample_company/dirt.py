"""What real exports hold beside good rows: repeats, gaps, wide digits, stray codes and ids."""

import numpy as np

from sample_company.organisation import Ints

UNKNOWN_EMPLOYEE = "HL999999"
REPEATED = 0.002


def with_repeats(n: int, rng: np.random.Generator, share: float = REPEATED) -> Ints:
    """Row numbers 0 to n - 1, some of them twice in a row.

    >>> with_repeats(3, np.random.default_rng(1), 0.0).tolist()
    [0, 1, 2]
    """
    counts = 1 + (rng.random(n) < share)
    return np.repeat(np.arange(n), counts)


def some(n: int, wanted: int, rng: np.random.Generator) -> Ints:
    """`wanted` different row numbers below n, in order; fewer where n is small."""
    return np.sort(rng.choice(n, min(wanted, n), replace=False))


def wide(text: str) -> str:
    """The text with full-width letters, digits and points.

    >>> wide("P8.5")
    'Ｐ８．５'
    """
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
