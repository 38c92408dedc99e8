"""The export's files as DuckDB views, each read when a SELECT first needs it and let go after."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from features.tables.mapping import Mapping
from features.tables.sources import Unreadable, read_source, source_paths
from features.tables.staging import sql_error


class Views:
    """The views of one import; every SELECT is parsed, and every file looked for, at the start."""

    def __init__(self, connection: Any, mapping: Mapping, export: Path) -> None:
        self.connection, self.mapping, self.export = connection, mapping, export
        self.uses = {
            name: sources_in(connection, f"{name}.sql", select, mapping)
            for name, select in mapping.selects.items()
        }
        for source in mapping.sources.values():
            if source.format != "database":
                source_paths(source, export)
        self.unreadable: list[Unreadable] = []
        self.absent: set[str] = set()
        self._open: set[str] = set()

    def open_for(self, names: Iterable[str]) -> None:
        """Read the sources of these names that are not open yet."""
        for name in sorted(set(names) - self._open):
            rows = read_source(self.mapping.sources[name], self.export)
            self.unreadable.extend(rows.unreadable)
            self.connection.register(name, rows.table)
            self._open.add(name)
            if not rows.present:
                self.absent.add(name)

    def open_table(self, name: str) -> str:
        """A table's SELECT, its sources open."""
        self.open_for(self.uses[name])
        return bare(self.mapping.selects[name])

    def release(self, pending: Iterable[str]) -> None:
        """Let go of the sources that no SELECT of these tables needs."""
        needed = set().union(*(self.uses.get(name, set()) for name in pending))
        for name in self._open - needed:
            self.connection.unregister(name)
        self._open &= needed

    def files_of(self, name: str) -> str:
        """The files that a table's SELECT reads, for messages."""
        sources = (self.mapping.sources[source] for source in sorted(self.uses[name]))
        return ", ".join(source.path or source.name for source in sources)

    def is_absent(self, name: str) -> bool:
        """Whether an optional source of this table is not in the export."""
        return bool(self.uses[name] & self.absent)


def sources_in(connection: Any, name: str, select: str, mapping: Mapping) -> set[str]:
    """The declared sources that a SELECT reads.

    Raises:
        InputError: it is not one SELECT.
    """
    return _tables_in(connection, name, select) & set(mapping.sources)


def _tables_in(connection: Any, name: str, select: str) -> set[str]:
    (text,) = connection.execute("SELECT json_serialize_sql(?)", [select]).fetchall()[0]
    tree = json.loads(text)
    if tree["error"]:
        raise sql_error(name, "", _problem(tree, select))
    if len(tree["statements"]) != 1:
        raise sql_error(name, "", f"{len(tree['statements'])} statements")
    return set(_table_names(tree))


def bare(select: str) -> str:
    """The SELECT without a semicolon after it, so that it fits into a greater one.

    >>> bare("SELECT ';' AS x; -- done")
    "SELECT ';' AS x"
    """
    text = select.encode()
    tokens = [start for start, kind in duckdb.tokenize(select) if kind.name != "comment"]
    while tokens and text[tokens[-1] :].startswith(b";"):
        text = text[: tokens.pop()]
    return text.decode()


def _problem(tree: dict[str, Any], select: str) -> str:
    position = tree.get("position")
    if position is None:
        return str(tree["error_message"])
    line = select.encode()[: int(position)].count(b"\n") + 1
    return f"{tree['error_message']}, line {line}"


def _table_names(node: Any) -> Iterator[str]:
    """Names of all tables in a parsed statement, those of its own WITH among them."""
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["table_name"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _table_names(child)
