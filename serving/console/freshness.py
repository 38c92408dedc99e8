"""How old data, features and the online store are, and what to do where they are too old."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from features import clock
from features.errors import HuoliError
from features.feature_store.snapshots import FeatureSnapshot, features_or_none
from features.language import _
from features.tables.snapshots import TableSnapshot
from serving.console.site import Visit
from serving.online import stale_hours

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Age:
    """One of the things that age: of when it is, how long ago that was, and what to do."""

    name: str
    of: datetime | None
    ago: str
    advice: str = ""


def ages(visit: Visit, snapshot: TableSnapshot) -> list[Age]:
    """All of them."""
    now = clock.now()
    limit = timedelta(hours=_hours())
    is_old = now - snapshot.data_until > limit
    found = [
        Age(visit.say("Data: all is known that was recorded before"), snapshot.data_until,
            ago(visit, now - snapshot.data_until),
            visit.say("Older than {hours} hours: import a newer export, with `huoli import`",
                      hours=_hours()) if is_old else ""),
    ]  # fmt: skip
    features = _features(visit)
    day, advice = (features.newest_day if features and features.days else None), ""
    if features is None or day is None:
        advice = _("None yet: compute them, with `huoli features`")
    elif features.tables != snapshot.snapshot_id:
        advice = _("From an earlier import: compute them anew, with `huoli features`")
    found.append(_age(visit, _("Features, which the models read"), day, advice))
    online = features.online_day if features else None
    stale = online is not None and snapshot.data_until - online > limit
    advice = ""
    if features is None or not features.is_online or stale:
        advice = _("The newest features are not there: put them there, with `huoli features`")
    found.append(_age(visit, _("Online store, from which suggestions are made"), online, advice))
    state = visit.desk.loaded
    if state:
        found.append(_age(visit, _("Answers: what arrived one by one counts up to"), state.as_of))
    return found


def ago(visit: Visit, age: timedelta) -> str:
    """An age in words."""
    if age < HOUR:
        return visit.say("less than an hour ago")
    if age < 48 * HOUR:
        return visit.say("{n} hours ago", n=age // HOUR)
    return visit.say("{n} days ago", n=age.days)


def _age(visit: Visit, name: str, of: datetime | None, advice: str = "") -> Age:
    told = ago(visit, clock.now() - of) if of else ""
    return Age(visit.say(name), of, told, visit.say(advice) if advice else "")


def _features(visit: Visit) -> FeatureSnapshot | None:
    """The current features; None where there are none, or they cannot be read."""
    try:
        return features_or_none(visit.desk.home)
    except (HuoliError, OSError, ValueError, KeyError, TypeError):
        return None


def _hours() -> int:
    try:
        return stale_hours()
    except HuoliError:
        return 48
