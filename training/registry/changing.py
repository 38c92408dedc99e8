"""Another champion: only ever a pair that was loaded from files found unchanged."""

from collections.abc import Mapping

from features.errors import InputError
from features.home import Home
from features.writer import writer_lock
from training.registry.aliases import alias_versions, former_champion, promote, roll_back
from training.registry.loading import load_pair
from training.registry.promotions import Entry

LOCK = "models"


def promote_checked(
    home: Home, reason: str, by: str | None = None, expected: Mapping[str, str] | None = None
) -> Entry:
    """Make the challenger champion; where a pair is `expected`, only that one.

    Raises:
        NotReadyError: there is no challenger, or its files are not those that were registered.
        InputError: another writer is at work, or another pair is challenger by now.
    """
    with writer_lock(home, LOCK):
        challenger = alias_versions(home, "challenger")
        _check_expected(challenger, expected)
        if challenger:
            load_pair(home, challenger)
        return promote(home, reason, by)


def roll_back_checked(
    home: Home, reason: str, by: str | None = None, expected: Mapping[str, str] | None = None
) -> Entry:
    """Make the pair champion that was so before; where one is `expected`, only that one.

    Raises:
        NotReadyError: the files of the pair before are not those that were registered.
        InputError: another writer is at work, there was no pair before, or it is another one.
    """
    with writer_lock(home, LOCK):
        former = former_champion(home)
        _check_expected(former, expected)
        load_pair(home, former)
        return roll_back(home, reason, by)


def _check_expected(found: Mapping[str, str], expected: Mapping[str, str] | None) -> None:
    if expected is not None and dict(found) != dict(expected):
        raise InputError("models were changed by somebody else meanwhile; look at them again")
