"""`huoli keys`: create, list, rotate and revoke API keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, padded, show
from huoli.opened import opened_database

if TYPE_CHECKING:
    from engagement.keys import Key

CREATED = _("Key {key_id} of role {role} is in use from now on.")
ONCE = _("Its token, shown this once and kept nowhere; whoever has it can make these calls:")
UNTIL = _("It expires at {expires_at} UTC.")
ROTATED = _("Key {old} opens until {last} UTC; key {key_id} of the same role takes its place.")
REVOKED = _("Key {key_id} is refused from now on, by a running service within a second.")
NONE = _("No key yet; next: `huoli keys create --role hr_system --label ...`.")
IN_USE = _("in use")
IN_USE_UNTIL = _("in use until {at}")
EXPIRED = _("expired {at}")
SINCE = _("revoked {at}")
expires_option = click.option(
    "--expires-in", "days", type=click.IntRange(1, 3650),
    help="Days after which it opens nothing; default: never.",
)  # fmt: skip


@click.group("keys")
def command() -> None:
    """Create, list, rotate and revoke the keys with which programs call the service."""


@command.command("create")
@click.option("--role", required=True,
              help="hr_system, hr_system_teams, hr_reviewer, data_scientist or admin.")  # fmt: skip
@click.option("--label", required=True, help="Who or what it is for.")
@expires_option
@json_option
def create_command(role: str, label: str, days: int | None, as_json: bool) -> None:
    """Create a key and show its token, once.

    hr_system may ask for recommendations and forecasts; hr_system_teams for all but what tells of
    one person; hr_reviewer and data_scientist for forecasts and audiences.
    """
    from engagement.keys import create_key

    with opened_database() as database:
        key, token = create_key(database, role, label, _lasting(days))
    lines = [render(CREATED, vars(key)), *_until(key), render(ONCE), token]
    show(vars(key) | {"token": token}, lambda: lines, as_json)


@command.command("rotate")
@click.argument("key_id")
@click.option("--overlap", type=click.IntRange(0, 24 * 90), default=24, show_default=True,
              help="Hours for which the old key still opens.")  # fmt: skip
@expires_option
@json_option
def rotate_command(key_id: str, overlap: int, days: int | None, as_json: bool) -> None:
    """Make a new key of the same role and label; the old one expires after the overlap."""
    from engagement.keys import all_keys, rotate_key

    with opened_database() as database:
        key, token = rotate_key(database, key_id, timedelta(hours=overlap), _lasting(days))
        last = next(one.expires_at for one in all_keys(database) if one.key_id == key_id) or ""
    result = vars(key) | {"token": token, "old": key_id, "old_expires_at": last}
    lines = [render(ROTATED, result | {"last": last[:19]}), *_until(key), render(ONCE), token]
    show(result, lambda: lines, as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List every key, the oldest first; never its token."""
    from engagement.keys import all_keys

    with opened_database() as database:
        keys = all_keys(database)
    show([vars(key) for key in keys], lambda: _listed(keys), as_json)


@command.command("revoke")
@click.argument("key_id")
@json_option
def revoke_command(key_id: str, as_json: bool) -> None:
    """Refuse a key from now on; it stays in the list."""
    from engagement.keys import revoke_key

    with opened_database() as database:
        revoke_key(database, key_id)
    result = {"key_id": key_id, "revoked": True}
    show(result, lambda: [render(REVOKED, result)], as_json)


def _listed(keys: list["Key"]) -> Iterator[str]:
    for key in keys:
        label = padded(key.label, 28)
        yield f"{key.key_id}  {key.role:<16}{label}{key.created_at[:19]}  {_state(key)}"
    if not keys:
        yield render(NONE)


def _state(key: "Key") -> str:
    if key.revoked_at:
        return render(SINCE, {"at": key.revoked_at[:19]})
    if key.expires_at is None:
        return render(IN_USE)
    template = IN_USE_UNTIL if key.is_in_use(datetime.now(UTC)) else EXPIRED
    return render(template, {"at": key.expires_at[:19]})


def _lasting(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _until(key: "Key") -> list[str]:
    at = key.expires_at
    return [] if at is None else [render(UNTIL, {"expires_at": at[:19]})]
