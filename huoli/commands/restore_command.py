"""`huoli restore`: make a home of a backup."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, progress_to_one, show

if TYPE_CHECKING:
    from huoli.keeping.restoring import Restored

MADE = _("{home} holds the {n} files of the backup of {made_at} UTC, each found whole.")
MIGRATED = _("The database was brought from revision {former} to {revision}.")
ON_SERVER = _("The database's rows are on the server that HUOLI_DATABASE_URL names.")
FORGOTTEN = _("{n} people who had been erased since the backup are erased in it too.")
SINCE = _(
    "Whoever was erased after {made_at} UTC is in it again: if that is anybody, remove it and "
    "restore with --erased-from."
)
NEXT = _("Next: with HUOLI_HOME={home}, `huoli doctor`, then `huoli serve`.")
BEFORE = _("(before revisions)")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--home", "folder", type=click.Path(path_type=Path), metavar="DIR",
              help="The home to make; default: HUOLI_HOME.")  # fmt: skip
@click.option("--erased-from", "other", metavar="DIR",
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="The former home, whose list of erased people is newer than FILE.")  # fmt: skip
@json_option
def command(file: Path, folder: Path | None, other: Path | None, as_json: bool) -> None:
    """Make a home of FILE, which `huoli backup` wrote; anywhere, on this machine or another.

    The home must not be there, or be empty. Every file is compared with the backup's digests, and
    the database brought to this version, before the home appears: whole, or not at all. Whoever was
    erased is erased in it again, if the list in FILE or that of --erased-from says so.
    """
    from features.home import Home, current_home
    from huoli.keeping.restoring import restore

    home = current_home() if folder is None else Home(folder)
    with progress_to_one(render(_("Restoring")), quiet=as_json) as tell:
        done = restore(file, home, tell, None if other is None else Home(other))
    result = {"home": str(done.home.root), "n": len(done.manifest.files),
              "made_at": done.manifest.made_at[:19], "made_by": done.manifest.huoli,
              "former": done.manifest.revision, "revision": done.revision,
              "on_server": done.on_server, "forgotten": done.n_forgotten}  # fmt: skip
    show(result, lambda: _told(done, result, other is not None), as_json)


def _told(done: "Restored", result: dict[str, object], newer_list: bool) -> Iterator[str]:
    yield render(MADE, result)
    if done.revision is not None and done.revision != done.manifest.revision:
        yield render(MIGRATED, result | {"former": done.manifest.revision or render(BEFORE)})
    if done.on_server:
        yield render(ON_SERVER)
    if done.n_forgotten:
        yield render(FORGOTTEN, {"n": done.n_forgotten})
    if not newer_list:
        yield render(SINCE, result)
    yield render(NEXT, result)
