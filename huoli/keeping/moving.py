"""What a restored home goes through before it has its name: its addresses, and who was erased."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from features.erased import erasures_in_file, key_file, list_file, write_erasures
from features.errors import InputError, NotReadyError
from features.home import Home


def after_restore(home: Home, erased_from: Home | None = None) -> int:
    """Forget again whoever was erased, before anybody can use the home; how many those were.

    Called once on the home as it is staged, whole and of this version: its tables, features,
    registry and database can be opened, all at their present addresses; rows that go on to a server
    stand in its file still. Nothing is restored where this raises.

    Args:
        home: The staged home.
        erased_from: A home whose list of the erased goes beyond the backup's.

    Raises:
        InputError: that home has no list, or one of another key.
        NotReadyError: a search finds somebody still.
    """
    from huoli.person.erasing import forget_again

    if erased_from is not None:
        _take_list(home, erased_from)
    done = forget_again(home) if erasures_in_file(home) else []
    if not all(one.is_clean for one in done):
        raise NotReadyError(
            "a search still finds somebody who was erased in what was restored, so that nothing "
            "was; run `huoli doctor` where the backup was made, then take another backup"
        )
    return len(done)


def _take_list(home: Home, other: Home) -> None:
    if not list_file(other).is_file():
        raise InputError(
            "{home} must be a home that has a list of erased people, found no {file} in it; name "
            "another with --erased-from, or leave that out",
            home=other.root, file=list_file(other).relative_to(other.root).as_posix(),
        )  # fmt: skip
    if key_file(other).is_file() and not key_file(home).is_file():
        shutil.copy2(key_file(other), key_file(home))
    if not list_file(home).is_file():
        shutil.copy2(list_file(other), list_file(home))
        return
    known = {one.hash: one for one in erasures_in_file(other)}
    known = {one.hash: one for one in erasures_in_file(home)} | known
    if _key_mark(home) != _key_mark(other):
        raise InputError(
            "the lists of erased people of {home} and of the backup must be of one key, found "
            "two; name the home that the backup was made of with --erased-from",
            home=other.root,
        )
    write_erasures(home, list(known.values()))


def _key_mark(home: Home) -> str:
    return str(json.loads(list_file(home).read_text(encoding="utf-8")).get("key"))


def move_addresses(home: Home, former: Sequence[str], present: Path) -> None:
    """Have what keeps absolute paths name those under the present folder of the home.

    Feast keeps none: its files are looked up in the folder of the current features.
    """
    from training.registry.moving import move_registry

    move_registry(home, former, present / home.mlruns.name)
