"""`huoli keys`: create, list and revoke API keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, padded, show

if TYPE_CHECKING:
    from engagement.database import Database

CREATED = _("Key {key_id} of role {role} is in use from now on.")
ONCE = _("Its token, shown this once and kept nowhere; whoever has it can make these calls:")
REVOKED = _("Key {key_id} is refused from now on.")
NONE = _("No key yet; next: `huoli keys create --role hr_system --label ...`.")
IN_USE = _("in use")
SINCE = _("revoked {at}")


@click.group("keys")
def command() -> None:
    """Create, list and revoke the keys with which programs call the service."""


@command.command("create")
@click.option("--role", required=True,
              help="hr_system, hr_system_teams, hr_reviewer, data_scientist or admin.")  # fmt: skip
@click.option("--label", required=True, help="Who or what it is for.")
@json_option
def create_command(role: str, label: str, as_json: bool) -> None:
    """Create a key and show its token, once.

    hr_system may ask for recommendations and forecasts; hr_system_teams for all but what tells of
    one person; the other roles for forecasts alone.
    """
    from engagement.keys import create_key

    with _opened() as database:
        key, token = create_key(database, role, label)
    lines = [render(CREATED, vars(key)), render(ONCE), token]
    show(vars(key) | {"token": token}, lambda: lines, as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List every key, the oldest first; never its token."""
    from engagement.keys import all_keys

    with _opened() as database:
        keys = [vars(key) for key in all_keys(database)]
    show(keys, lambda: _listed(keys), as_json)


@command.command("revoke")
@click.argument("key_id")
@json_option
def revoke_command(key_id: str, as_json: bool) -> None:
    """Refuse a key from now on; it stays in the list."""
    from engagement.keys import revoke_key

    with _opened() as database:
        revoke_key(database, key_id)
    result = {"key_id": key_id, "revoked": True}
    show(result, lambda: [render(REVOKED, result)], as_json)


def _listed(keys: list[dict[str, str]]) -> Iterator[str]:
    for key in keys:
        at = key["revoked_at"]
        state = render(SINCE, {"at": at[:19]}) if at else render(IN_USE)
        label = padded(key["label"], 28)
        yield f"{key['key_id']}  {key['role']:<16}{label}{key['created_at'][:19]}  {state}"
    if not keys:
        yield render(NONE)


@contextmanager
def _opened() -> Iterator["Database"]:
    from engagement.database import open_database
    from features.home import current_home

    database = open_database(current_home())
    try:
        yield database
    finally:
        database.close()
