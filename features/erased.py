"""Who was erased: a list of keyed hashes beside the data, by which nobody on it comes back.

The list names nobody: who has an id and the key can tell whether it is on the list. It stands in a
file of its own, so that a database restored from an older backup can be told again.
"""

import csv
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.errors import InputError, NotReadyError
from features.home import Home
from features.tables.durable import replace_text, sync

KEY, KEY_FILE = "HUOLI_ERASURE_KEY", "HUOLI_ERASURE_KEY_FILE"
SHORTEST_KEY = 16
BEGUN, FINISHED = "begun", "finished"
NOT_WORDS = re.compile(r"[^\w.@-]+")
JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Erasure:
    """One person's: the keyed hash of the id, `begun` or `finished`, and when (ISO 8601, UTC)."""

    hash: str
    state: str
    begun_at: str
    finished_at: str | None = None


@dataclass(frozen=True)
class Erased:
    """Tells whether an id is of a person who was erased."""

    key: bytes
    hashes: frozenset[str]

    def among(self, ids: Iterable[object]) -> set[str]:
        """Those of the ids that were erased; cheap where nobody was."""
        if not self.hashes:
            return set()
        known = {str(one) for one in ids if one is not None}
        return {one for one in known if keyed_hash(self.key, one) in self.hashes}

    def in_text(self, text: str) -> bool:
        """Whether a field or a word of a line of an export is such an id."""
        return bool(self.hashes) and bool(self.among(possible_ids(text)))


NOBODY = Erased(b"", frozenset())


def possible_ids(text: str) -> set[str]:
    r"""All that may be an id in a line of CSV or JSON: the whole, its fields, texts and words.

    >>> sorted(possible_ids(r'{"who": "CORP\\ann"}') & {"CORP", "who", "CORP\\ann"})
    ['CORP', 'CORP\\ann', 'who']
    """
    found = {text.strip(), *NOT_WORDS.split(text)}
    # a field may be larger than the reader takes
    with suppress(csv.Error):
        found.update(field.strip() for row in csv.reader([text]) for field in row)
    for quoted in JSON_TEXT.findall(text):
        with suppress(ValueError):
            found.add(json.loads(quoted, strict=False).strip())
    return found


def keyed_hash(key: bytes, employee_id: str) -> str:
    """What stands for an erased person: HMAC-SHA-256 of the id, in hex."""
    return hmac.new(key, employee_id.encode(), hashlib.sha256).hexdigest()


def list_file(home: Home) -> Path:
    """The file of the list."""
    return home.data / "erased.json"


def key_file(home: Home) -> Path:
    """The file of the key, where the environment gives none."""
    return home.data / "erasure_key"


def erased_people(home: Home) -> Erased:
    """Who was erased, by the file; nobody where there is none.

    Raises:
        NotReadyError: somebody was, and the key is not there or is another one.
    """
    entries = erasures_in_file(home)
    if not entries:
        return NOBODY
    return Erased(erasure_key(home), frozenset(one.hash for one in entries))


def erasures_in_file(home: Home) -> list[Erasure]:
    """The list in the file, in the order in which they began.

    Raises:
        NotReadyError: the file cannot be read.
    """
    return [Erasure(**entry) for entry in _content(home).get("people", [])]


def write_erasures(home: Home, entries: Sequence[Erasure]) -> None:
    """Replace the list in the file, on disk when this returns."""
    home.data.mkdir(parents=True, exist_ok=True)
    people = sorted(
        (asdict(one) for one in entries), key=lambda one: (one["begun_at"], one["hash"])
    )
    told = {"key": _mark(erasure_key(home)), "people": people}
    replace_text(list_file(home), json.dumps(told, indent=1) + "\n")


def erasure_key(home: Home, create: bool = False) -> bytes:
    """The key: of the environment, else of the home's file.

    Args:
        home: Whose key it is.
        create: Make the file where there is neither.

    Raises:
        InputError: the environment's key is too short, cannot be read, or is given twice.
        NotReadyError: there is none, or it is not the one with which the list was written.
    """
    key = _from_environment() or _from_file(home)
    marked = _content(home).get("key")
    if key is None and create and marked is None:
        key = _created(home)
    if key is None:
        raise NotReadyError(
            "the key of the list of erased people is not there; restore {file} from a backup, or "
            "set {variable}",
            file=key_file(home).name, variable=KEY,
        )  # fmt: skip
    if marked is not None and marked != _mark(key):
        raise NotReadyError(
            "the key of the list of erased people must be that with which {file} was written, "
            "found another; restore it",
            file=list_file(home).name,
        )
    return key


def _mark(key: bytes) -> str:
    """What tells one key from another without telling either."""
    return keyed_hash(key, "which key")[:16]


def _content(home: Home) -> Mapping[str, Any]:
    path = list_file(home)
    if not path.is_file():
        return {}
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotReadyError(
            "{file}, the list of erased people, cannot be read: {problem}; restore it from a "
            "backup",
            file=path.name, problem=type(error).__name__,
        ) from error  # fmt: skip
    return found


def _from_environment() -> bytes | None:
    stated, file = os.environ.get(KEY, ""), os.environ.get(KEY_FILE, "")
    if stated and file:
        raise InputError(
            "{variable} and {other} are both set; unset one of them", variable=KEY, other=KEY_FILE
        )
    if file:
        try:
            stated = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "{variable} must name a file that holds a key, which cannot be read: {problem}; "
                "correct the variable, or the file's rights",
                variable=KEY_FILE, problem=type(error).__name__,
            ) from error  # fmt: skip
    if not stated:
        return None
    if len(stated) < SHORTEST_KEY:
        raise InputError(
            "{variable} must have at least {n} characters; `openssl rand -hex 32` makes one",
            variable=KEY_FILE if file else KEY, n=SHORTEST_KEY,
        )  # fmt: skip
    return stated.encode()


def _from_file(home: Home) -> bytes | None:
    try:
        return key_file(home).read_bytes().strip() or None
    except FileNotFoundError:
        return None


def _created(home: Home) -> bytes:
    path = key_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32) + "\n")
    sync(draft)
    try:
        # whoever comes first makes it, and whole
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync(path.parent)
    return path.read_bytes().strip()
