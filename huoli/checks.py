"""What `huoli doctor` looks at: each check says what it found, and where wrong what to do."""

import contextlib
import fcntl
import json
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from features.errors import HuoliError
from features.home import Home
from features.language import _, render

LOW_DISK_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, what was found, and what to do if not."""

    check: str
    ok: bool
    found: str
    advice: str = ""


def well(check: str, template: str, **values: object) -> Finding:
    """A finding that needs nothing done."""
    return Finding(check, True, render(template, values))


def wrong(check: str, template: str, advice: str, **values: object) -> Finding:
    """A finding and what to do about it."""
    return Finding(check, False, render(template, values), render(advice, values))


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


REMAKE = _("make it anew with the command that writes it, or restore a backup")


def _home(home: Home) -> Finding:
    try:
        home.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home.data):
            pass
    except OSError as error:
        return wrong("home", _("{folder} cannot be written: {problem}"),
                     _("give this user the right to write there, or set HUOLI_HOME"),
                     folder=home.data, problem=error.strerror)  # fmt: skip
    return well("home", _("{folder} can be written"), folder=home.root)


def _disk(home: Home) -> Finding:
    nearest = next(folder for folder in (home.root, *home.root.parents) if folder.is_dir())
    free = shutil.disk_usage(nearest).free
    size = f"{free / 1e9:.1f}"
    if free < LOW_DISK_BYTES:
        return wrong("disk", _("{size} GB are free"), _("free at least 2 GB"), size=size)
    return well("disk", _("{size} GB are free"), size=size)


def _writer(home: Home) -> Finding:
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


def _tables(home: Home) -> Finding:
    import pyarrow.parquet as pq

    from features.tables.snapshots import current_tables

    snapshot = current_tables(home)
    broken = []
    for name, path in snapshot.tables.items():
        try:
            whole = pq.read_metadata(path).num_rows == snapshot.n_rows[name]
        except (OSError, ValueError):
            whole = False
        if not whole:
            broken.append(name)
    if broken:
        return wrong("tables", _("these cannot be read whole: {tables}"),
                     _("run `huoli import` again"), tables=", ".join(broken))  # fmt: skip
    return well("tables", _("{n} tables from `{mapping}`, data until {until} UTC"),
                n=len(snapshot.tables), mapping=snapshot.mapping,
                until=f"{snapshot.data_until:%Y-%m-%d %H:%M}")  # fmt: skip


def _features(home: Home) -> Finding:
    from features.feature_store.snapshots import code_version, current_features
    from features.tables.snapshots import current_tables

    snapshot = current_features(home)
    if snapshot.tables != current_tables(home).snapshot_id:
        return wrong("features", _("they were computed from other tables"), RUN_FEATURES)
    if snapshot.code != code_version():
        return wrong("features", _("they were computed by another version"), RUN_FEATURES)
    return well("features", _("{n} days of the current tables"), n=len(snapshot.days))


RUN_FEATURES = _("run `huoli features`")


def _online(home: Home) -> Finding:
    from features.feature_store.snapshots import ONLINE, current_features

    snapshot = current_features(home)
    if not snapshot.is_online:
        return wrong("online store", _("the newest features are not online"), RUN_FEATURES)
    problems = sqlite_problems(snapshot.directory / ONLINE)
    if problems:
        return wrong("online store", _("it is damaged: {problem}"), RUN_FEATURES,
                     problem=problems[0])  # fmt: skip
    return well("online store", _("{n} employees as of {day}"), n=snapshot.n_online,
                day=f"{snapshot.online_day:%Y-%m-%d}")  # fmt: skip


def sqlite_problems(path: Path) -> list[str]:
    """What SQLite's own check finds wrong with a file; empty when all is well."""
    if not path.is_file():
        return [render(_("there is no file {name}"), {"name": path.name})]
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(row[0]) for row in rows if row[0] != "ok"]


def _models(home: Home) -> Finding:
    from training.registry.aliases import alias_versions
    from training.registry.loading import load_models

    lost = moved_artifacts(home)
    if lost:
        return wrong("models", _("MLflow looks for them in {folder}, which is not there"),
                     _("move mlruns back to where it was made, or run `huoli train`"),
                     folder=lost)  # fmt: skip
    try:
        champion = load_models(home)
    except HuoliError:
        raise
    except Exception as error:  # whatever is wrong with the files, the advice is the same
        return wrong("models", _("the champion cannot be loaded: {found}"),
                     _("run `huoli train`, then `huoli models promote`"),
                     found=f"{type(error).__name__} {error}".splitlines()[0])  # fmt: skip
    found = {"champion": champion.version}
    template, verified = _("champion {champion}"), champion.verified
    if alias_versions(home, "challenger"):
        challenger = load_models(home, "challenger")
        found["challenger"] = challenger.version
        template = _("champion {champion}, challenger {challenger}")
        verified = verified and challenger.verified
    return Finding("models", True, render(template, found), "" if verified else render(UNVERIFIED))


UNVERIFIED = _(
    "registered before files had digests, so that a change to them would go unnoticed; "
    "the next `huoli train` makes a pair that is verified"
)


def moved_artifacts(home: Home) -> str:
    """The folder of artifacts that MLflow's file names and that is not there; "" if all is well.

    MLflow keeps absolute paths: a folder that was moved is looked for where it was.
    """
    path = home.mlruns / "mlflow.db"
    if not path.is_file():
        return ""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT artifact_location FROM experiments WHERE name = 'huoli'"
        ).fetchall()
    folders = [str(row[0]).removeprefix("file://") for row in rows]
    return next((folder for folder in folders if not Path(folder).is_dir()), "")


def _database(home: Home) -> Finding:
    from engagement.database import look_at

    seen = look_at(home)
    if not seen.is_there:
        return well("database", _("not there yet; the first answer or key makes it"))
    if seen.problems:
        return wrong("database", _("it is damaged: {problem}"),
                     _("stop the service and restore a backup of {file}"),
                     problem=seen.problems[0], file=seen.name)  # fmt: skip
    found = WHOLE if seen.is_current else TO_COME
    return well("database", found, kind=seen.kind, name=seen.name)


WHOLE = _("{kind} finds {name} whole")
TO_COME = _("{kind} finds {name} whole; whoever opens it next brings its tables to this version")


def _private(home: Home) -> Finding:
    from engagement.keys import demonstration_file

    kept = [home.database, demonstration_file(home)]
    kept += [home.database.with_name(home.database.name + end) for end in ("-wal", "-shm")]
    open_to_others = [
        path.name for path in kept if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_to_others:
        return wrong("key files", _("others may read {files}"),
                     _("run `chmod 600` on them in {folder}"),
                     files=", ".join(open_to_others), folder=home.data)  # fmt: skip
    return well("key files", _("readable for their owner alone"))


def _versions(home: Home) -> Finding:
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


CHECKS: dict[str, Callable[[Home], Finding]] = {
    "home": _home,
    "disk": _disk,
    "versions": _versions,
    "writer": _writer,
    "tables": _tables,
    "features": _features,
    "online store": _online,
    "models": _models,
    "database": _database,
    "key files": _private,
}
