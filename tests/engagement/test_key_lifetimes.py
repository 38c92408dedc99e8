"""Keys that end: by a date, by rotation, and at once for whoever remembers them."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from engagement import verified
from engagement.keys import all_keys, create_key, key_of, revoke_key, rotate_key
from engagement.verified import VerifiedKeys
from features.errors import InputError

HOUR, DAY, OVER = timedelta(hours=1), timedelta(days=1), timedelta(0)


def test_an_expired_key_opens_nothing_and_stays_in_the_list(database):
    key, token = create_key(database, "admin", "x", OVER)
    assert key_of(database, token) is None
    assert all_keys(database) == [key]
    assert not key.is_in_use(datetime.now(UTC))


def test_a_key_opens_until_it_expires(database):
    key, token = create_key(database, "admin", "x", DAY)
    assert key_of(database, token) == key
    end = datetime.fromisoformat(key.expires_at)
    assert key.is_in_use(end - timedelta(microseconds=1))
    assert not key.is_in_use(end)


def test_a_rotated_key_and_the_new_one_open_during_the_overlap(database):
    old, old_token = create_key(database, "hr_reviewer", "人事")
    new, new_token = rotate_key(database, old.key_id, HOUR)
    assert (new.role, new.label, new.expires_at) == ("hr_reviewer", "人事", None)
    assert new.key_id != old.key_id
    assert key_of(database, new_token) == new
    last = datetime.fromisoformat(key_of(database, old_token).expires_at)
    assert datetime.now(UTC) < last <= datetime.now(UTC) + HOUR


def test_without_overlap_the_old_key_ends_with_the_rotation(database):
    old, old_token = create_key(database, "admin", "x")
    _, new_token = rotate_key(database, old.key_id, OVER)
    assert key_of(database, old_token) is None
    assert key_of(database, new_token)


def test_an_overlap_never_makes_a_key_last_longer(database):
    old, _ = create_key(database, "admin", "x", HOUR)
    rotate_key(database, old.key_id, DAY, DAY)
    assert all_keys(database)[0].expires_at == old.expires_at


def test_an_expiring_key_is_not_rotated_into_one_without_end(database):
    old, _ = create_key(database, "admin", "x", DAY)
    with pytest.raises(InputError, match="--expires-in"):
        rotate_key(database, old.key_id, HOUR)
    assert all_keys(database) == [old]


def test_a_key_that_has_ended_is_not_rotated(database):
    expired, _ = create_key(database, "admin", "x", OVER)
    revoked, _ = create_key(database, "admin", "x")
    revoke_key(database, revoked.key_id)
    for key_id in (expired.key_id, revoked.key_id, "nothing"):
        with pytest.raises(InputError, match="names no key in use"):
            rotate_key(database, key_id, HOUR, DAY)
    assert len(all_keys(database)) == 2


def test_what_this_process_ends_is_refused_at_once_though_it_was_just_verified(database):
    keys = VerifiedKeys()
    revoked, revoked_token = create_key(database, "admin", "x")
    rotated, rotated_token = create_key(database, "admin", "x")
    for token in (revoked_token, rotated_token):
        assert keys.key_of(database, token)
    revoke_key(database, revoked.key_id)
    rotate_key(database, rotated.key_id, OVER)
    for token in (revoked_token, rotated_token):
        assert keys.key_of(database, token) is None


def test_what_another_process_ends_is_refused_at_once_or_after_a_second(database, monkeypatch):
    keys, clock = VerifiedKeys(), [100.0]
    monkeypatch.setattr(verified.time, "monotonic", lambda: clock[0])
    key, token = create_key(database, "admin", "x")
    assert keys.key_of(database, token) == key
    # as another process does it, of which this one hears nothing
    database.write("UPDATE api_keys SET revoked_at = '2026'", [{}])
    if database.kind == "PostgreSQL":
        # asked once a second: it takes too long for every call
        assert keys.key_of(database, token) == key
        clock[0] += verified.TRUSTED_SECONDS
    assert keys.key_of(database, token) is None
    assert not keys.has_opened(token)


def test_what_expires_is_refused_at_once_though_it_was_just_verified(database):
    keys = VerifiedKeys()
    key, token = create_key(database, "admin", "x", timedelta(seconds=0.3))
    assert keys.key_of(database, token) == key
    time.sleep(0.3)
    assert keys.key_of(database, token) is None


def test_what_opens_nothing_is_not_remembered_and_no_token_is(database):
    keys = VerifiedKeys()
    _, token = create_key(database, "admin", "x")
    assert keys.key_of(database, token)
    assert keys.key_of(database, token + "x") is None
    assert (keys.has_opened(token), keys.has_opened(token + "x")) == (True, False)
    assert token not in repr(vars(keys))
    assert token.split("_", 2)[2] not in repr(vars(keys))


def test_only_so_many_keys_are_remembered(database, monkeypatch):
    monkeypatch.setattr(verified, "MOST_TOKENS", 2)
    keys, tokens = VerifiedKeys(), [create_key(database, "admin", "x")[1] for _ in range(3)]
    assert all(keys.key_of(database, token) for token in tokens)
    assert [keys.has_opened(token) for token in tokens] == [False, True, True]
