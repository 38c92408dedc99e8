"""Keys: shown once, kept as hashes, refused once revoked; and what each role may do."""

import stat
from typing import get_args

import pytest

from engagement.database import open_database
from engagement.keys import (
    all_keys,
    create_key,
    demonstration_file,
    demonstration_key,
    key_of,
    revoke_key,
)
from engagement.roles import ALLOWED, DESCRIPTIONS, ROLES, Scope, may
from features.errors import InputError
from features.home import Home


@pytest.fixture
def home(tmp_path, on_both):
    return Home(tmp_path)


@pytest.fixture
def database(home):
    found = open_database(home)
    yield found
    found.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_token_opens_its_own_key(database, role):
    create_key(database, "admin", "another")
    key, token = create_key(database, role, "HR")
    assert key_of(database, token) == key
    assert (key.role, key.label, key.revoked_at) == (role, "HR", None)


def test_the_token_is_kept_nowhere(database, home):
    _, token = create_key(database, "admin", "HR")
    secret = token.split("_", 2)[2]
    assert secret not in str(database.read("SELECT * FROM api_keys"))
    database.close()
    for file in home.data.glob("*"):
        assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token + "x",
        lambda token: token.replace("huoli_", "other_"),
        lambda token: token.split("_", 2)[2],
        lambda token: "",
        lambda token: "huoli__",
        lambda token: "huoli_" + "0" * 12 + "_" + token.split("_", 2)[2],
    ],
)
def test_another_token_opens_nothing(database, change):
    _, token = create_key(database, "admin", "HR")
    assert key_of(database, change(token)) is None


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(database):
    kept, kept_token = create_key(database, "admin", "kept")
    gone, token = create_key(database, "admin", "gone")
    revoke_key(database, gone.key_id)
    assert key_of(database, token) is None
    assert key_of(database, kept_token) == kept
    assert [(key.label, key.revoked_at is None) for key in all_keys(database)] == [
        ("kept", True),
        ("gone", False),
    ]


def test_revoking_twice_or_the_unknown_is_an_error(database):
    key, _ = create_key(database, "admin", "x")
    revoke_key(database, key.key_id)
    for key_id in (key.key_id, "nothing"):
        with pytest.raises(InputError, match="names no key in use"):
            revoke_key(database, key_id)


def test_an_unknown_role_is_refused(database):
    with pytest.raises(InputError, match="role must be one of hr_system"):
        create_key(database, "root", "x")
    assert all_keys(database) == []


def test_the_demonstration_key_is_made_once_and_private(home, database):
    token = demonstration_key(home)
    assert demonstration_key(home) == token
    assert key_of(database, token).role == "hr_system"
    assert stat.S_IMODE(demonstration_file(home).stat().st_mode) == 0o600


def test_a_revoked_demonstration_key_is_made_anew(home, database):
    token = demonstration_key(home)
    revoke_key(database, key_of(database, token).key_id)
    anew = demonstration_key(home)
    assert anew != token
    assert key_of(database, anew) is not None


def test_only_the_hr_system_reads_a_single_persons_probabilities():
    assert [role for role in ROLES if may(role, "recommendations")] == ["hr_system"]
    assert all(may(role, "forecasts") for role in ROLES)


def test_what_is_not_listed_is_refused():
    assert not may("nobody", "forecasts")
    assert not may("admin", "erase")
    assert set(ALLOWED) == set(get_args(Scope))
    assert set(DESCRIPTIONS) == set(ROLES)


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        ("recommendations", "hr_system"),
        ("forecasts", "hr_system hr_system_teams hr_reviewer data_scientist admin"),
        ("metrics", "hr_system hr_system_teams hr_reviewer data_scientist admin"),
        ("events", "hr_system hr_system_teams"),
        ("organisation", "hr_system hr_system_teams admin"),
        ("read_activities", "hr_system hr_system_teams hr_reviewer data_scientist admin"),
        ("write_activities", "hr_system hr_system_teams hr_reviewer"),
        ("audiences", "hr_system hr_system_teams hr_reviewer data_scientist"),
        ("designs", "hr_system hr_system_teams hr_reviewer data_scientist"),
        ("portraits", "hr_system hr_system_teams hr_reviewer data_scientist"),
        ("audit_log", "hr_reviewer admin"),
        ("promotion", "data_scientist admin"),
    ],
)
def test_each_scope_is_open_to_these_roles(scope, roles):
    assert [role for role in ROLES if may(role, scope)] == roles.split()
