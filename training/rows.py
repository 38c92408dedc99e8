"""Training rows: pair features, employee features and affinity, with their labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.employee_features import ANSWER_FEATURES
from features.errors import NotReadyError
from features.history.columns import Bools, Floats, Ints
from features.history.history import History
from features.pairs.features import Stage, pair_features
from features.pairs.moment import Moment
from training.affinity import AffinityFit, Matrix, newest_before
from training.labels import Labels, counts_attendance, labels_from
from training.plan import Block, by_moment

# rows (employee_id, event_timestamp) -> the same rows with employee features, in order
EmployeeFeatures = Callable[[pd.DataFrame], pd.DataFrame]
# shows how far a loop has come, as a progress bar does
Track = Callable[[Any], Any]


@dataclass(frozen=True)
class Rows:
    """Rows in order of time: who, about what, when, features and what came of it.

    `weight` undoes the sampling. `attended` says nothing where `records_attendance` is False: it is
    not known yet. `counts_attendance` says, from what was known at `as_of`, whether taking part
    means attending. `outcomes` gives the labels that were known before a moment.
    """

    employee: Ints
    activity: Ints
    as_of: Ints
    starts: Ints
    registered: Bools
    attended: Bools
    records_attendance: Bools
    counts_attendance: Bools
    weight: Floats
    features: pd.DataFrame
    outcomes: Callable[[int], Labels] | None = None

    @property
    def participated(self) -> Bools:
        """Who took part, in the sense known at `as_of`."""
        return np.where(self.counts_attendance, self.attended, self.registered)

    @property
    def told(self) -> Bools:
        """Which rows' `participated` is known: registration, or attendance on record."""
        found: Bools = ~self.counts_attendance | self.records_attendance
        return found

    def known_at(self, at: int) -> "Rows":
        """The rows with what had been recorded of their outcomes before `at`."""
        if self.outcomes is None:
            return self
        labels = self.outcomes(at)
        settled = self.counts_attendance & labels.attendance_settled(at)[self.activity]
        return replace(
            self,
            registered=labels.registered[self.employee, self.activity],
            attended=labels.attended[self.employee, self.activity],
            records_attendance=labels.records_attendance[self.activity] | settled,
        )

    def where(self, mask: Bools) -> "Rows":
        """The rows of a mask, in their order."""
        columns: dict[str, Any] = vars(self) | {"features": self.features.loc[mask]}
        kept: dict[str, Any] = {
            name: value[mask] if isinstance(value, np.ndarray) else value
            for name, value in columns.items()
        }
        return Rows(**kept)

    def __len__(self) -> int:
        return len(self.employee)


@dataclass(frozen=True)
class Asked:
    """Everything that a set of rows is made from; `people` masks whom to ask about, None: all."""

    history: History
    labels: Labels
    stage: Stage
    fits: Sequence[AffinityFit]
    employee_features: EmployeeFeatures | None = None
    audience_only: bool = True
    keep_opted_out: bool = False
    people: Bools | None = None


def candidates(asked: Asked, block: Block) -> Ints:
    """The employees asked about: invited, and in the stage "open" without an answer so far."""
    history = asked.history
    mask = (
        history.invited(block.activity, block.as_of)
        if asked.audience_only
        else history.employed(block.as_of)
    )
    if asked.stage == "open":
        answers = history.answers.answers.before(block.as_of)
        mask[answers.employee[answers.activity == block.activity]] = False
    if not asked.keep_opted_out:
        mask &= ~history.refuses(block.as_of)
    if asked.people is not None:
        mask &= asked.people
    return np.flatnonzero(mask)


def build_rows(
    asked: Asked,
    blocks: Sequence[Block],
    max_rows: int | None = None,
    track: Track = iter,
) -> Rows:
    """Rows of the blocks; sampled, positives first, where there would be more than `max_rows`.

    Raises:
        NotReadyError: the blocks ask about nobody.
    """
    keep_yes, keep_no = _sampling(asked, blocks, max_rows)
    parts: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    for as_of, activities in track(list(by_moment(blocks))):
        moment = Moment(asked.history, as_of)
        fit = newest_before(asked.fits, as_of)
        people = fit.people(asked.history, as_of) if fit else None
        for activity in activities:
            part = _block_rows(asked, moment, activity, keep_yes, keep_no)
            if part is not None:
                part[1]["affinity"] = affinity_column(
                    fit, people, moment, activity, part[0]["employee"].to_numpy()
                )
                parts.append(part)
    if not parts:
        raise NotReadyError("activities too few have started to learn from; import more history")
    frame = pd.concat([keys for keys, _ in parts], ignore_index=True)
    features = pd.concat([values for _, values in parts], ignore_index=True)
    features = pd.concat([features, _employee_columns(asked, frame)], axis=1)
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    rows = Rows(features=features, outcomes=partial(labels_from, asked.history), **columns)
    return rows.known_at(asked.history.until)


def _sampling(asked: Asked, blocks: Sequence[Block], max_rows: int | None) -> tuple[float, float]:
    """The shares of positive and of negative rows to keep."""
    if max_rows is None:
        return 1.0, 1.0
    n_yes = n_no = 0
    for block in blocks:
        employees = candidates(asked, block)
        yes = int(asked.labels.registered[employees, block.activity].sum())
        n_yes += yes
        n_no += len(employees) - yes
    keep_yes = min(1.0, max(max_rows / 2, max_rows - n_no) / max(n_yes, 1))
    return keep_yes, min(1.0, (max_rows - keep_yes * n_yes) / max(n_no, 1))


def _block_rows(
    asked: Asked, moment: Moment, activity: int, keep_yes: float, keep_no: float
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    block = Block(activity, moment.as_of)
    employees = candidates(asked, block)
    registered = asked.labels.registered[employees, block.activity]
    keep = np.where(registered, keep_yes, keep_no)
    draw = np.random.default_rng([block.as_of % 2**32, block.activity]).random(len(employees))
    employees, keep = employees[draw < keep], keep[draw < keep]
    if not len(employees):
        return None
    columns = pair_features(moment, block.activity, employees, asked.stage)
    labels = asked.labels
    keys = pd.DataFrame({
        "employee": employees,
        "activity": block.activity,
        "as_of": block.as_of,
        "starts": labels.starts[block.activity],
        "registered": labels.registered[employees, block.activity],
        "attended": labels.attended[employees, block.activity],
        "records_attendance": labels.records_attendance[block.activity],
        "counts_attendance": counts_attendance(moment, activity),
        "weight": 1 / keep,
    })  # fmt: skip
    return keys, pd.DataFrame(columns)


def affinity_column(
    fit: AffinityFit | None, people: Matrix | None, moment: Moment, activity: int, employees: Ints
) -> NDArray[np.float32]:
    """LightFM's affinity, `people` being the fit's vectors of everyone; NaN without a fit."""
    if fit is None or people is None:
        return np.full(len(employees), np.nan, dtype=np.float32)
    vector = fit.activity(moment.history, int(moment.activity_rows[activity]))
    return fit.scores(people[employees], vector)


def _employee_columns(asked: Asked, keys: pd.DataFrame) -> pd.DataFrame:
    if asked.employee_features is None:
        return pd.DataFrame(index=keys.index)
    rows = pd.DataFrame({
        "employee_id": asked.history.people.ids[keys["employee"]],
        "event_timestamp": pd.to_datetime(keys["as_of"], unit="us", utc=True),
    })  # fmt: skip
    found = asked.employee_features(rows).drop(columns=list(rows.columns))
    return for_stage(found, asked.stage).astype(np.float32).set_axis(keys.index)


def for_stage(employee_features: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    """The columns of a person that a stage may read: before launch none that counts answers.

    Those count answers about the activity itself too; pair features hold the same without them.
    """
    if stage == "open":
        return employee_features
    return employee_features.drop(columns=list(ANSWER_FEATURES), errors="ignore")
