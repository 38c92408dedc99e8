"""The stores: tables, features and what is online, the registry of models."""

import contextlib
import sqlite3
from pathlib import Path

from features.errors import HuoliError
from features.home import Home
from features.language import _, render
from huoli.checks.finding import RUN_FEATURES, Finding, well, wrong


def tables(home: Home) -> Finding:
    """Whether every current table can be read whole."""
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


def offline(home: Home) -> Finding:
    """Whether the current features are whole, and of the current tables and this version."""
    from features.feature_store.registered import check_registry
    from features.feature_store.snapshots import code_version, current_features
    from features.feature_store.soundness import check_offline
    from features.tables.snapshots import current_tables

    snapshot = current_features(home)
    if snapshot.tables != current_tables(home).snapshot_id:
        return wrong("features", _("they were computed from other tables"), RUN_FEATURES)
    if snapshot.code != code_version():
        return wrong("features", _("they were computed by another version"), RUN_FEATURES)
    check_offline(snapshot)
    check_registry(snapshot)
    return well("features", _("{n} days of the current tables"), n=len(snapshot.days))


def online(home: Home) -> Finding:
    """Whether what is online is whole, and the newest of the current features."""
    from features.feature_store.snapshots import ONLINE, current_features
    from features.feature_store.soundness import check_online_day

    snapshot = current_features(home)
    if not snapshot.is_online:
        return wrong("online store", _("the newest features are not online"), RUN_FEATURES)
    problems = sqlite_problems(snapshot.directory / ONLINE)
    if problems:
        return wrong("online store", _("it is damaged: {problem}"), RUN_FEATURES,
                     problem=problems[0])  # fmt: skip
    check_online_day(snapshot)
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


def models(home: Home) -> Finding:
    """Whether champion and challenger can be loaded, from the files that were registered."""
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


def erasures(home: Home) -> Finding:
    """Whether every erasure that began went to its end; the list names nobody, begun or not."""
    from features.erased import BEGUN, erased_people, erasures_in_file

    entries = erasures_in_file(home)
    erased_people(home)  # whether the key is there, without which none on the list is known
    begun = [one for one in entries if one.state == BEGUN]
    if begun:
        return wrong("erasures", _("{n} of {of} began and did not finish, at {begun} UTC"),
                     _("run `huoli person erase` again with the id of each, whom the list does not "
                       "name: the id stands in the request to erase of that day"),
                     n=len(begun), of=len(entries),
                     begun=", ".join(one.begun_at[:16] for one in begun))  # fmt: skip
    return well("erasures", _("{n} people were erased, and each erasure is finished"),
                n=len(entries))  # fmt: skip
