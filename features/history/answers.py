"""What people did about activities, ordered by when it was known."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.history.columns import Bools, Ints, Strings, instants, known_from, positions, strings

NO_ANSWER, REGISTERED, DECLINED, WITHDRAWN = 0, 1, 2, 3
ANSWERS = {"registered": REGISTERED, "declined": DECLINED, "cancelled": WITHDRAWN}
KINDS = ("registered", "declined", "cancelled", "attended", "invited", "rated")


@dataclass(frozen=True)
class Records:
    """Records of some kinds: who, about which activity, when, and when that was known."""

    employee: Ints
    activity: Ints
    occurred: Ints
    known: Ints
    code: NDArray[np.int8]
    value: NDArray[np.float64]

    def before(self, at: int) -> "Records":
        """The records known strictly before `at`."""
        return self.first(int(np.searchsorted(self.known, at, side="left")))

    def first(self, n: int) -> "Records":
        """The n earliest known records."""
        return Records(*(column[:n] for column in vars(self).values()))

    def by_occurrence(self) -> "Records":
        """The records in the order in which they occurred; a later one overrules those before."""
        order = np.argsort(self.occurred, kind="stable")
        return Records(*(column[order] for column in vars(self).values()))

    def and_later(self, more: "Records") -> "Records":
        """These and more records, ordered by when they were known, these first among equals."""
        both = Records(*(np.concatenate(pair) for pair in zip(
            vars(self).values(), vars(more).values(), strict=True)))  # fmt: skip
        if not len(self.known) or not len(more.known) or self.known[-1] <= more.known[0]:
            return both
        order = np.argsort(both.known, kind="stable")
        return Records(*(column[order] for column in vars(both).values()))

    def where(self, mask: Bools) -> "Records":
        """The records of a mask, in their order."""
        return Records(*(column[mask] for column in vars(self).values()))


@dataclass(frozen=True)
class Answers:
    """Answers (registered, declined, cancelled), attendances, explicit invitations, ratings."""

    answers: Records
    attended: Records
    invited: Records
    rated: Records

    def and_later(self, more: "Answers") -> "Answers":
        """These and more answers; see `Records.and_later`."""
        return Answers(**{
            name: part.and_later(getattr(more, name)) for name, part in vars(self).items()
        })  # fmt: skip


def answers_from(table: pa.Table, employee_ids: Strings, activity_ids: Strings) -> Answers:
    """Answers from the table participations; rows of unknown ids are left out."""
    table = table.filter(pc.is_in(table["kind"], pa.array(KINDS)))
    kinds = strings(table, "kind")
    occurred = instants(table, "occurred_at", 0)
    known = known_from(table, occurred)
    # the participation's id breaks ties, so that the order of a file's rows never matters
    order = np.lexsort((strings(table, "participation_id").astype(str), occurred, known))
    value = np.nan_to_num(table["value"].to_numpy(zero_copy_only=False).astype(float), nan=0.0)
    every = Records(
        employee=positions(employee_ids, strings(table, "employee_id"))[order],
        activity=positions(activity_ids, strings(table, "activity_id"))[order],
        occurred=occurred[order],
        known=known[order],
        code=np.array([ANSWERS.get(kind, 0) for kind in kinds], dtype=np.int8)[order],
        value=value[order],
    )
    kinds = kinds[order]
    found = (every.employee >= 0) & (every.activity >= 0)
    return Answers(
        answers=every.where(found & (every.code != NO_ANSWER)),
        attended=every.where(found & (kinds == "attended")),
        invited=every.where(found & (kinds == "invited")),
        rated=every.where(found & (kinds == "rated")),
    )
