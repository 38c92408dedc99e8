"""`huoli audit`: who read people's data, and whether that record is whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from features.language import _, render
from huoli.console import json_option, padded, show
from huoli.opened import existing_home, opened_database

if TYPE_CHECKING:
    from engagement.audit_check import Walk

HOLDS = _("All {holding} entries hold; the newest hash is {newest_hash}.")
KEEP = _("Keep that hash elsewhere: a log that was written anew as a whole has another one.")
BROKEN = _("Entry {broken} {problem}; the {holding} before it hold.")
NOTHING = _("No entry.")
PEOPLE = _("people: {n}")


@click.group("audit")
def command() -> None:
    """Show who read people's data, and check that no entry was changed or removed."""


@command.command("verify")
@json_option
def verify_command(as_json: bool) -> None:
    """Walk the log from its first entry to the newest; the exit code is 1 when one is broken."""
    from engagement.audit_check import walk

    _check_there()
    with opened_database() as database:
        found = walk(database)
    show(vars(found), lambda: _told(found), as_json)
    if found.broken is not None:
        raise SystemExit(1)


@command.command("list")
@click.option("--employee", "employee_id", help="Only what was told about this person.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True,
              help="How many entries at most.")  # fmt: skip
@json_option
def list_command(employee_id: str | None, limit: int, as_json: bool) -> None:
    """List entries, the newest first: when, which key and role, which call, how many people."""
    from engagement.audit import newest_entries

    _check_there()
    with opened_database() as database:
        found = newest_entries(database, limit, employee_id)
    show(found, lambda: _listed(found), as_json)


def _told(found: "Walk") -> Iterator[str]:
    if found.broken is None:
        yield render(HOLDS, vars(found))
        yield render(KEEP)
    else:
        yield render(BROKEN, vars(found) | {"problem": render(found.problem)})


def _listed(found: list[dict[str, Any]]) -> Iterator[str]:
    from rich.cells import cell_len

    shown = [
        (f"{entry['seq']:>7}", entry["at"][:19], entry["key_id"], entry["role"], entry["call"],
         str(entry["status"]), render(PEOPLE, {"n": entry["people"]}), entry["request_id"])
        for entry in found
    ]  # fmt: skip
    widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    for cells in shown:
        filled = (padded(cell, width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join(filled).rstrip()
    if not found:
        yield render(NOTHING)


def _check_there() -> None:
    """Make no database where there is no home; on a server it needs no folder.

    Raises:
        InputError: there is neither.
    """
    from engagement.database.address import server_address

    if server_address() is None:
        existing_home()
