"""A mapping: which files an export holds, and one SQL `SELECT` per canonical table over them."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.tables.schemas import TABLES, Mode

SHIPPED = Path(__file__).parent.parent / "mappings"
FORMATS = ("csv", "excel", "jsonl", "parquet", "database")


@dataclass(frozen=True)
class Source:
    """One declared file, glob or database query, read as a view of this name."""

    name: str
    format: str
    path: str = ""
    encoding: str = "utf-8"
    sheet: str | None = None
    columns: tuple[str, ...] = ()
    optional: bool = False
    url_env: str = ""
    query: str = ""


@dataclass(frozen=True)
class Mapping:
    """A mapping folder, read: its sources, its SELECT by canonical table, and their modes."""

    name: str
    directory: Path
    sources: dict[str, Source]
    selects: dict[str, str]
    modes: dict[str, Mode]
    until: str | None = field(default=None)


def load_mapping(name_or_folder: str | Path) -> Mapping:
    """The mapping of that name in `features/mappings`, or in that folder.

    Raises:
        InputError: no such folder, no TOML, an entry that is not known, or an SQL file that is
            named after no canonical table.
    """
    directory = _folder(name_or_folder)
    declared = _toml(directory / "mapping.toml")
    _check_keys("mapping.toml", declared, ("export", "files", "tables"))
    sources = {name: _source(name, entry) for name, entry in declared.get("files", {}).items()}
    selects = {path.stem: path.read_text("utf-8") for path in sorted(directory.glob("*.sql"))}
    _check_names(selects, ".sql")
    _check_names(declared.get("tables", {}), " in mapping.toml")
    for table in TABLES.values():
        if table.required and table.name not in selects:
            raise InputError(
                "{table}.sql must be there, found none in mapping {mapping}; write its SELECT",
                table=table.name, mapping=directory.name,
            )  # fmt: skip
    return Mapping(
        name=directory.name,
        directory=directory,
        sources=sources,
        selects={name: selects[name] for name in TABLES if name in selects},
        modes={name: _mode(name, declared.get("tables", {})) for name in TABLES},
        until=declared.get("export", {}).get("until"),
    )


def _folder(name_or_folder: str | Path) -> Path:
    for directory in (SHIPPED / name_or_folder, Path(name_or_folder)):
        if (directory / "mapping.toml").is_file():
            return directory
    raise InputError(
        "mapping must be a folder with mapping.toml or one of {names}, found {given}",
        names=", ".join(sorted(path.name for path in SHIPPED.iterdir())), given=name_or_folder,
    )  # fmt: skip


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "{file} must be TOML in utf-8, found: {problem}; correct it",
            file=path.name, problem=error,
        ) from error  # fmt: skip


def _source(name: str, entry: dict[str, Any]) -> Source:
    _check_keys(f"files.{name}", entry, tuple(Source.__dataclass_fields__)[1:])
    _check_types(name, entry)
    if entry.get("format") not in FORMATS:
        raise InputError(
            "files.{name}.format must be one of {formats}, found {given}",
            name=name, formats=", ".join(FORMATS), given=entry.get("format"),
        )  # fmt: skip
    needed = ("url_env", "query") if entry["format"] == "database" else ("path",)
    for key in needed:
        if not entry.get(key):
            raise InputError("files.{name} must state {key}, found none", name=name, key=key)
    return Source(name, **(entry | {"columns": tuple(entry.get("columns", ()))}))


def _check_types(name: str, entry: dict[str, Any]) -> None:
    wanted = {"columns": list, "optional": bool}
    for key, value in entry.items():
        kind = wanted.get(key, str)
        if not isinstance(value, kind):
            raise InputError(
                "files.{name}.{key} must be a {wanted}, found a {found}; correct mapping.toml",
                name=name, key=key, wanted=kind.__name__, found=type(value).__name__,
            )  # fmt: skip
    path = Path(entry.get("path", ""))
    if path.is_absolute() or ".." in path.parts:
        raise InputError(
            "files.{name}.path must be relative to the export, found {path}; correct mapping.toml",
            name=name, path=entry["path"],
        )  # fmt: skip


def _mode(name: str, tables: dict[str, Any]) -> Mode:
    entry = tables.get(name, {})
    _check_keys(f"tables.{name}", entry, ("mode",))
    mode: Mode = entry.get("mode", TABLES[name].mode)
    if mode not in ("snapshot", "log"):
        raise InputError(
            "tables.{name}.mode must be snapshot or log, found {given}", name=name, given=mode
        )
    return mode


def _check_keys(place: str, entry: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise InputError(
            "{place} must hold only {known}, found {unknown}; correct mapping.toml",
            place=place, known=", ".join(known), unknown=", ".join(unknown),
        )  # fmt: skip


def _check_names(names: dict[str, Any], where: str) -> None:
    for name in names:
        if name not in TABLES:
            raise InputError(
                "{name}{where} must be named after a canonical table ({tables}); rename it",
                name=name, where=where, tables=", ".join(TABLES),
            )  # fmt: skip
