"""Employees' features as they are online now; whatever goes wrong is one error that says so."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from features.errors import HuoliError, InputError, NotReadyError
from features.feature_store.snapshots import current_features
from features.feature_store.soundness import check_online, unreadable
from features.home import Home

if TYPE_CHECKING:
    from features.feature_store import OnlineReader

# up to so many people Feast reads one by one; more come faster in bulk from the same file
READ_SINGLY = 20
STALE_SETTING = "HUOLI_STALE_HOURS"
STALE_HOURS = 48


class OnlineFeatures:
    """Gives, for employees' ids, a row each with their features.

    Raises NotReadyError where the online store cannot be read or holds nobody.
    """

    def __init__(self, home: Home) -> None:
        self.home = home

    @cached_property
    def _reader(self) -> "OnlineReader":
        from features.feature_store import OnlineReader

        return OnlineReader(self.home)

    def __call__(self, employee_ids: Sequence[str]) -> pd.DataFrame:
        """A row per id in the order given: employee_id and the features, NaN for the unknown."""
        few = len(employee_ids) <= READ_SINGLY
        try:
            read = self._reader.one if few else self._reader.everyone
            found = read(employee_ids)
        except HuoliError:
            raise
        except Exception as error:  # Feast's, SQLite's or the file system's: all mean the same
            raise unreadable(type(error).__name__) from error
        if found.drop(columns="employee_id").isna().all(axis=None):
            # somebody hired today, or everybody lost?
            check_online(self.home, thorough=False)
        return found


def staleness(home: Home, as_of: datetime) -> NotReadyError | None:
    """Why what is online is too old for the moment as of which answers are given, if it is.

    It is compared with the data's end, not with the clock: a company whose data stand still has
    features as fresh as they can be.
    """
    day, hours = current_features(home).online_day, stale_hours()
    if day is None or as_of - day <= timedelta(hours=hours):
        return None
    return NotReadyError(
        "the features online are of {day}, more than {hours} hours before {as_of} UTC; "
        "run `huoli features`",
        day=f"{day:%Y-%m-%d}", hours=hours, as_of=f"{as_of:%Y-%m-%d %H:%M}",
    )  # fmt: skip


def stale_hours() -> int:
    """How old features may be for a list to be personal.

    Raises:
        InputError: the setting is no number of hours.
    """
    value = os.environ.get(STALE_SETTING, str(STALE_HOURS))
    if not value.isdecimal() or int(value) == 0:
        raise InputError(
            "{name} must be a whole number of hours, at least 1, found {value}",
            name=STALE_SETTING, value=value,
        )  # fmt: skip
    return int(value)
