"""`huoli backup`: write the whole home into one archive."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, next_step, progress_to_one, show
from huoli.opened import existing_home

if TYPE_CHECKING:
    from huoli.keeping.backing_up import Backup

WRITTEN = _(
    "{n} files ({megabytes} MB) of {home} are in {file} ({packed} MB), which was read back whole."
)
ON_SERVER = _(
    "PostgreSQL's rows are in it, of Huoli's tables alone, as an SQLite file; the server's users, "
    "rights and settings are not: back those up with its own tools."
)
DIGEST = _("Its SHA-256 is {sha256}; kept elsewhere, it tells a changed archive from this one.")
NEXT = _(
    "Next: move it to another disk, where few may read it, since it holds people's data and keys; "
    "`huoli restore {name} --home DIR` makes a home of it."
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of a file that is there.")
@json_option
def command(file: Path, replace: bool, as_json: bool) -> None:
    """Write tables, features, models, database and keys into FILE, a .tar.gz.

    A service may go on answering and taking events meanwhile: the backup holds what had been
    acknowledged when it began. Imports and trainings must wait. The file is read back and compared
    before it gets its name. Where HUOLI_DATABASE_URL names a server, its rows are written too, of
    Huoli's tables alone.
    """
    from huoli.keeping.backing_up import back_up

    home = existing_home()
    with progress_to_one(render(_("Backing up")), quiet=as_json) as tell:
        done = back_up(home, file, replace, tell)
    result = _result(done) | {"home": str(home.root)}
    show(result, lambda: _told(result, file), as_json)


def _told(result: dict[str, object], file: Path) -> Iterator[str]:
    yield render(WRITTEN, result)
    if result["database"] == "PostgreSQL":
        yield render(ON_SERVER)
    yield render(DIGEST, result)
    yield from next_step(NEXT, name=file.name)


def _result(done: "Backup") -> dict[str, object]:
    manifest = done.manifest
    return {"file": str(done.file), "n": len(manifest.files), "revision": manifest.revision,
            "database": manifest.database, "made_at": manifest.made_at, "sha256": done.sha256,
            "megabytes": f"{manifest.n_bytes / 1e6:.1f}",
            "packed": f"{done.size / 1e6:.1f}"}  # fmt: skip
