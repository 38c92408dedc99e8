"""`huoli person`: export, erase and look for what is held on one person."""

import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.language import _, render
from huoli.console import json_option, show
from huoli.opened import existing_home

if TYPE_CHECKING:
    from huoli.person.receipt import Receipt

WRITTEN = _("{n} entries of every store are in {file}, readable for its owner alone.")
NOBODY_BACK = _("Nobody who was erased is there again.")
also_option = click.option(
    "--also", "also", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Search this file or folder too, such as backups and logs; may be given again.",
)  # fmt: skip


@click.group("person")
def command() -> None:
    """Export, erase and look for what is held on one person, in every store."""


@command.command("export")
@click.argument("employee_id")
@click.option("--out", "out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write to this file; default: standard output.")  # fmt: skip
@json_option
def export_command(employee_id: str, out: Path | None, as_json: bool) -> None:
    """Write all that is held on a person as one JSON document; nobody else's values."""
    from huoli.person.exporting import exported, n_entries

    content = exported(existing_home(), employee_id)
    text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain)
    if out is None:
        click.echo(text)
        return
    _write_private(out, text + "\n")
    result = {"file": str(out), "n": n_entries(content)}
    show(result, lambda: [render(WRITTEN, result)], as_json)


@command.command("erase")
@click.argument("employee_id")
@also_option
@click.option("--receipt", "receipt", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the receipt to this file as JSON, too.")  # fmt: skip
@json_option
def erase_command(
    employee_id: str, also: tuple[Path, ...], receipt: Path | None, as_json: bool
) -> None:
    """Erase a person from every store, and print a receipt that a search bears out.

    Stopped at any moment, it goes on when it is given again. The exit code is 1 where the search
    finds the person still, or cannot look through a file.
    """
    from huoli.person.erasing import erase_person

    done = erase_person(existing_home(), employee_id, also)
    if receipt is not None:
        _write_private(receipt, json.dumps(done.as_json(), ensure_ascii=False, indent=1) + "\n")
    show(done.as_json(), done.lines, as_json)
    _end(done.is_clean)


@command.command("search")
@click.argument("employee_id")
@also_option
@json_option
def search_command(employee_id: str, also: tuple[Path, ...], as_json: bool) -> None:
    """Look for a person's id in all files and the database; the exit code is 1 where it is.

    Archives are unpacked, Parquet, SQLite, pickles and arrays read, free pages included.
    """
    from huoli.person.erasing import check_id, rows_naming
    from huoli.person.places import places_of
    from huoli.person.receipt import search_json, search_lines
    from huoli.person.searching import search

    check_id(employee_id)
    home = existing_home()
    found, rows = search(places_of(home, also), employee_id), rows_naming(home, employee_id)
    show(search_json(found, rows), lambda: search_lines(found, rows), as_json)
    _end(found.is_clean and not rows)


@command.command("forget-again")
@json_option
def forget_again_command(as_json: bool) -> None:
    """Erase again whoever was erased and is there all the same, as after a restore."""
    from huoli.person.erasing import forget_again

    done = forget_again(existing_home())
    show([one.as_json() for one in done], lambda: _told(done), as_json)
    _end(all(one.is_clean for one in done))


def _told(done: "list[Receipt]") -> Iterator[str]:
    for one in done:
        yield from one.lines()
    if not done:
        yield render(NOBODY_BACK)


def _end(clean: bool) -> None:
    if not clean:
        raise SystemExit(1)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _write_private(path: Path, text: str) -> None:
    """Write the file whole, for its owner alone."""
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
