"""What `huoli doctor` looks at: each check says what it found, and where wrong what to do.

- `finding`: what a check says
- `machine`: folder, disk, libraries, who writes, rights, fonts
- `stores`: tables, features, online store, models, erasures
- `database`: Huoli's own, and the clock
"""

from collections.abc import Callable, Iterator

from features.errors import HuoliError
from features.home import Home
from features.language import _
from huoli.checks import database, machine, stores
from huoli.checks.finding import REMAKE, Finding, wrong

__all__ = ["CHECKS", "Finding", "findings"]


def findings(home: Home) -> Iterator[Finding]:
    """What every check finds, one after the other; a check that breaks is itself a finding."""
    for check, look in CHECKS.items():
        try:
            yield look(home)
        except HuoliError as error:
            yield Finding(check, False, str(error))
        except Exception as error:  # noqa: BLE001, RUF100 - what is broken here is the finding
            found = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            yield wrong(check, _("cannot be read: {found}"), REMAKE, found=found)


CHECKS: dict[str, Callable[[Home], Finding]] = {
    _("home"): machine.folder,
    _("disk"): machine.disk,
    _("versions"): machine.versions,
    _("writer"): machine.writer,
    _("tables"): stores.tables,
    _("features"): stores.offline,
    _("online store"): stores.online,
    _("models"): stores.models,
    _("database"): database.database,
    _("erasures"): stores.erasures,
    _("clock"): database.moments,
    _("key files"): machine.private,
    _("rights"): machine.rights,
    _("fonts"): machine.fonts,
}
