"""Weighted sums over the past, of the people asked about alone."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from features.history.columns import Ints

Number = TypeVar("Number", np.float32, np.float64)

# the share of everyone above which people's rows are not copied out first
MOST = 0.5


def of_people(
    matrix: NDArray[Number], employees: Ints, weights: NDArray[Number]
) -> NDArray[Number]:
    """`matrix[employees] @ weights`: a row per employee asked about.

    Where that is most of the company, the sums of everyone are worked out and theirs taken: a sum
    for each weight is far less to copy than a row of the whole past.

    >>> of_people(np.eye(3), np.array([2, 0]), np.array([1.0, 2.0, 3.0])).tolist()
    [3.0, 1.0]
    """
    found: NDArray[Number] = (
        (matrix @ weights)[employees]
        if len(employees) > MOST * len(matrix)
        else matrix[employees] @ weights
    )
    return found
