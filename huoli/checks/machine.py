"""The machine: folder, disk, libraries, who writes, clock and rights."""

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from features.home import Home
from features.language import _
from huoli.checks.finding import Finding, noted, well, wrong
from huoli.person.places import places_of

LOW_DISK_BYTES = 2_000_000_000


def folder(home: Home) -> Finding:
    """Whether the home can be written."""
    try:
        home.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home.data):
            pass
    except OSError as error:
        return wrong("home", _("{folder} cannot be written: {problem}"),
                     _("give this user the right to write there, or set HUOLI_HOME"),
                     folder=home.data, problem=error.strerror)  # fmt: skip
    return well("home", _("{folder} can be written"), folder=home.root)


def disk(home: Home) -> Finding:
    """Whether enough is free to make the home anew beside itself, as imports and restores do."""
    nearest = next(folder for folder in (home.root, *home.root.parents) if folder.is_dir())
    free, own = shutil.disk_usage(nearest).free, _size(home)
    told = {"size": f"{free / 1e9:.1f}", "own": f"{own / 1e9:.1f}"}
    if free < LOW_DISK_BYTES:
        return wrong("disk", _("{size} GB are free"), _("free at least 2 GB"), **told)
    if free < own:
        return wrong("disk", _("{size} GB are free, and the home takes {own} GB"),
                     _("free as much as the home takes: trainings, imports and backups need it"),
                     **told)  # fmt: skip
    return well("disk", _("{size} GB are free"), **told)


def _size(home: Home) -> int:
    return sum(path.stat().st_size for place in places_of(home) for path, _name in place.files())


def versions(home: Home) -> Finding:
    """Whether the libraries are those that this version needs."""
    from packaging.requirements import Requirement

    unfit = []
    for text in requires("huoli") or []:
        needed = Requirement(text)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            found = "-"
        if found == "-" or not needed.specifier.contains(found, prereleases=True):
            unfit.append(f"{needed.name} {found}")
    if unfit:
        return wrong("versions", _("these do not fit: {unfit}"), _("run `make install`"),
                     unfit=", ".join(unfit))  # fmt: skip
    return well("versions", _("Huoli {version} and what it needs fit"), version=version("huoli"))


def writer(home: Home) -> Finding:
    """Who writes tables, features or models now."""
    if not home.lock.is_file():
        return well("writer", _("nobody is writing"))
    with home.lock.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = {"pid": "?", "command": "?", "since": "?"}
            with contextlib.suppress(json.JSONDecodeError):
                holder |= json.loads(file.read())
            return well("writer", _("process {pid} runs `{command}` since {since}"), **holder)
    return well("writer", _("nobody is writing"))


def rights(home: Home) -> Finding:
    """Whether this user can write what it must, and nobody else can."""
    kept = [path for path in _folders_and_stores(home) if path.exists()]
    closed = [path for path in kept if not os.access(path, os.W_OK)]
    if closed:
        return wrong("rights", _("this user cannot write {files}"),
                     _("run `chown -R` on the home for the user of the service"),
                     files=_named(home, closed))  # fmt: skip
    loose = [path for path in kept if _mode(path) & 0o022]
    if loose:
        return wrong("rights", _("others may write {files}"),
                     _("run `chmod -R go-w {folder}`"),
                     files=_named(home, loose), folder=home.root)  # fmt: skip
    folders = [path for path in (home.data, home.mlruns) if path.is_dir()]
    if _mode(home.root) & 0o005 and any(_mode(path) & 0o005 for path in folders):
        return noted("rights", _("only its owner can write; every user of this computer can read"),
                     _("run `chmod 700` on {files} to keep people's data from other users"),
                     files=", ".join(map(str, folders)))  # fmt: skip
    return well("rights", _("only its owner can write, and not everyone read"))


def _folders_and_stores(home: Home) -> Iterator[Path]:
    yield from (home.data, home.tables, home.features, home.tuning, home.mlruns)
    yield from (home.database, home.mlruns / "mlflow.db", home.mlruns / "promotions.jsonl")


def fonts(_home: Home) -> Finding:
    """Whether a font with Chinese is installed, for what the console saves as PDF and PNG."""
    from serving.charts import fonts_with_chinese

    found = fonts_with_chinese()
    if not found:
        return noted("fonts", _("none with Chinese is installed: PDF and PNG lack its characters"),
                     _("run `apt-get install fonts-noto-cjk`"))  # fmt: skip
    return well("fonts", _("{font} has Chinese"), font=found[0])


def _named(home: Home, paths: list[Path]) -> str:
    return ", ".join(path.relative_to(home.root).as_posix() for path in paths)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def private(home: Home) -> Finding:
    """Whether files that hold keys, or people's rows, are readable for their owner alone."""
    from engagement.keys import demonstration_file
    from engagement.roles import ROLES
    from features.erased import key_file
    from serving.console.session import secret_file

    kept = [home.database, key_file(home), secret_file(home)]
    kept += [demonstration_file(home, role) for role in ROLES]
    kept += [home.database.with_name(home.database.name + end) for end in ("-wal", "-shm")]
    open_to_others = [path.name for path in kept if path.is_file() and _mode(path) & 0o077]
    if open_to_others:
        return wrong("key files", _("others may read {files}"),
                     _("run `chmod 600` on them in {folder}"),
                     files=", ".join(open_to_others), folder=home.data)  # fmt: skip
    return well("key files", _("readable for their owner alone"))
