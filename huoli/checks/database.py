"""The database: whole, of which revision, and whether its moments and the clock agree."""

from datetime import UTC, datetime, timedelta

from features import clock
from features.home import Home
from features.language import _
from huoli.checks.finding import Finding, noted, well, wrong

# clocks of a server and of this machine differ by seconds
TOLERATED = timedelta(minutes=5)


def database(home: Home) -> Finding:
    """Whether the database can be reached and is whole; its revision."""
    from engagement.database import look_at

    seen = look_at(home)
    if not seen.is_there:
        return well("database", _("not there yet; the first answer or key makes it"))
    if seen.problems:
        return wrong("database", _("it is damaged: {problem}"),
                     _("stop the service and restore a backup of {file}"),
                     problem=seen.problems[0], file=seen.name)  # fmt: skip
    found = WHOLE if seen.is_current else TO_COME
    return well("database", found, kind=seen.kind, name=seen.name, revision=seen.revision or "-")


WHOLE = _("{kind} finds {name} whole, at revision {revision}")
TO_COME = _(
    "{kind} finds {name} whole, at revision {revision}; whoever opens it next brings its tables to "
    "this version"
)


def moments(home: Home) -> Finding:
    """Whether nothing on record lies in the future, and the clock was not set back lately."""
    from engagement.database.moments import moments_of
    from features.tables.snapshots import current_or_none

    # a home that is made to stand still holds moments of either clock
    now = max(clock.now(), datetime.now(UTC))
    known, back = {}, timedelta(0)
    snapshot = current_or_none(home)
    if snapshot is not None:
        known = {"data_until": snapshot.data_until, "imported_at": snapshot.imported_at}
    written = moments_of(home)
    if written is not None:
        known, back = known | dict(written.newest), written.set_back
    ahead = {name: moment - now for name, moment in known.items() if moment - now > TOLERATED}
    if ahead:
        return wrong("clock", _("{names} lie up to {hours} hours in the future; it is {now} UTC"),
                     _("set the clock of this machine, as `timedatectl` does, and unset HUOLI_NOW; "
                       "where the data says so, correct it and run `huoli import`"),
                     names=", ".join(sorted(ahead)), now=f"{now:%Y-%m-%d %H:%M}",
                     hours=f"{max(ahead.values()) / timedelta(hours=1):.1f}")  # fmt: skip
    if back > TOLERATED:
        return noted("clock", _("it is {now} UTC; the clock was set back by {hours} hours since"),
                     _("have the clock kept by the network, as `timedatectl set-ntp true` does"),
                     now=f"{now:%Y-%m-%d %H:%M}",
                     hours=f"{back / timedelta(hours=1):.1f}")  # fmt: skip
    return well("clock", _("it is {now} UTC, and nothing on record is later"),
                now=f"{now:%Y-%m-%d %H:%M}")  # fmt: skip
