"""What several commands read: the current tables as a history, and employee features for rows."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import click

from features.errors import InputError
from features.home import Home

MOST_DAYS = 365


def parse_day(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A date given on the command line, as the UTC instant at which it begins.

    Raises:
        InputError: it is no date.
    """
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(
            "{option} must be a date such as 2014-01-31, found {value}",
            option=param.opts[0], value=value,
        ) from error  # fmt: skip


def load_history(home: Home, until: datetime | None = None) -> tuple[Any, int]:
    """(the history of the current tables up to `until` or the data's end, that moment)."""
    from features.history.columns import micros
    from features.history.history import History
    from features.tables.snapshots import current_tables, read_tables

    snapshot = current_tables(home)
    limit = (
        min(micros(until), micros(snapshot.data_until)) if until else micros(snapshot.data_until)
    )
    return History.from_tables(read_tables(snapshot), limit), limit


def ensure_training_features(home: Home, history: Any, limit: int) -> None:
    """Compute the employee features that training reads, where `huoli features` did not yet."""
    from features.feature_store import ensure_features
    from features.history.columns import moment
    from training.plan import first_and_last_start, training_days

    first, _ = first_and_last_start(history)
    days = training_days(moment(limit), moment(min(first, limit)))
    if days:
        ensure_features(home, days)


def ensure_days(home: Home, moments: Iterable[int], limit: int) -> None:
    """Compute the employee features of these moments' days, as far as the data reach.

    Of a later day nothing is known, and it would be put online as if it were today.
    """
    from features.feature_store import ensure_features
    from features.history.columns import DAY, moment

    days = sorted({at // DAY * DAY for at in moments if at <= limit})
    if days:
        ensure_features(home, [moment(day) for day in days])


class Days(click.FloatRange):
    """A number of days given on the command line, from 0 to MOST_DAYS."""

    def __init__(self) -> None:
        super().__init__(min=0, max=MOST_DAYS)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; what is none of the range is refused, "nan" too.

        Raises:
            click.BadParameter: it is no such number.
        """
        found: float = super().convert(value, param, ctx)
        # a nan is neither below nor above anything
        return super().convert(-1.0 if found != found else found, param, ctx)


def employee_features(home: Home) -> Callable[[Any], Any]:
    """Rows to the same rows with employee features, through the feature store."""
    from features.feature_store import historical_features

    return lambda rows: historical_features(home, rows)


def tracked(label: str, as_json: bool) -> Callable[[Any], Any]:
    """Wrap an iterable in a progress bar; silent where JSON was asked for."""
    from huoli.console import progress

    if as_json:
        return iter
    return lambda items: progress(label, items, len(items))
