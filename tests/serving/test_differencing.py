"""What an HR reviewer can subtract tells of nobody: attacks played through the calls themselves.

Each attack asks what it can, so as to work out the chance of one person from what it is told. What
is asserted is that no two groups of which numbers were told, nor their sums, part in
one to four people.
"""

import itertools
import json
from contextlib import closing, suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from engagement.asked_audiences import asked_after, forget_member, member_codes
from engagement.audit import Caller
from engagement.database import open_database
from engagement.erasures import begin_erasure
from features import clock
from features.language import chinese
from serving.asked_groups import People
from serving.contract import AudiencesRequest, CompareRequest, ForecastsRequest
from serving.desk import Desk
from serving.forecast import UNMODELLED
from serving.near_audiences import NEAR_ASKED, AudienceLog
from serving.organisation import EmployeeRecord, MembershipRecord, employee_as, membership_as
from serving.privacy import MIN_PEOPLE
from serving.problems import Problem
from serving.resources import Conditions, Resources, membership_id
from serving.state import load_state

STARTS = "2026-06-10T16:00:00+08:00"
RD = {"function": ["R&D"]}
CALLER = Caller("k1", "hr_reviewer", "POST /v1/forecasts", "request-1")


@pytest.fixture
def desk(home, predictor, on_both):
    """A desk that has loaded the company's tables itself, its tastes known."""
    from dataclasses import replace

    opened = Desk(home)
    state = load_state(home, opened.database)
    found = Desk(home, replace(state, predictor=predictor, missing=()))
    found.open()
    yield found
    found.close()
    opened.close()


def ask(desk, audience=None, title="x"):
    draft = {"title": title, "template": "quiz", "starts_at": STARTS, "audience": audience}
    return desk.forecast(ForecastsRequest.model_validate({"draft": draft}), "en")


def refused(call, *arguments, **more):
    with pytest.raises(Problem) as found:
        call(*arguments, **more)
    return found.value


def put_employee(desk, who, **more):
    record = EmployeeRecord.model_validate(
        {"hired_at": "2025-01-06T08:00:00Z", "timezone": "Asia/Shanghai"} | more
    )
    resources = Resources("employee", desk.database, desk.state)
    resources.put(who, Conditions(), employee_as(who, record))
    desk.keep_up()


def move(desk, who, group):
    record = MembershipRecord()
    resources = Resources("membership", desk.database, desk.state)
    resources.put(membership_id(who, group), Conditions(), membership_as(who, group, record))
    desk.keep_up()


def told_groups(desk):
    """The groups of whom numbers were told, as sets of codes."""
    with desk.database.reading() as transaction:
        return [set(one.members.tolist()) for one in asked_after(transaction, 0)]


def check_nothing_shows(desk):
    """No group, sum or difference of two that were told parts from a third in one to four."""
    groups = told_groups(desk)
    assert groups
    for one, other in itertools.combinations(groups, 2):
        assert not 0 < len(one ^ other) < MIN_PEOPLE
    # who refuses profiling counts at a known rate
    refuse = set(member_codes(["E12", "E13", "E21"]).tolist())
    for whole, one, other in itertools.permutations(groups, 3):
        if one < whole and other < whole and not one & other:
            assert not 0 < len(whole - one - other - refuse) < MIN_PEOPLE


def without(cell):
    return {"not": cell}


def test_a_pair_of_audiences_that_one_person_parts_gets_the_same_numbers(desk):
    # hired last and alone at a level: a condition that is about one person
    put_employee(desk, "E02", function="R&D", city="成都", level="L9")
    first = ask(desk, RD)
    second = ask(desk, RD | without({"level": ["L9"]}), title="another")
    assert second.overall.invited == first.overall.invited == 14
    assert "Fewer than 5 people differ from those of a forecast of 2026-06-01" in second.notes[0]
    assert second.overall.expected == first.overall.expected
    check_nothing_shows(desk)


def test_a_chain_of_cuts_tells_of_nobody(desk):
    for number in range(10):
        put_employee(desk, f"E{number:02}", function="R&D", city="成都", level=f"L{number}")
    sizes = set()
    for n in range(9):
        cut = RD | without({"level": [f"L{number}" for number in range(n)] or ["none"]})
        with suppress(Problem):
            sizes.add(ask(desk, cut).overall.invited)
    assert all(abs(a - b) >= MIN_PEOPLE for a, b in itertools.combinations(sizes, 2))
    assert len(sizes) >= 2
    check_nothing_shows(desk)


def test_two_parts_that_leave_one_out_are_refused(desk):
    put_employee(desk, "E00", function="R&D", city="成都", level="L9")
    for number in (*range(1, 4), *range(9, 12)):
        put_employee(desk, f"E{number:02}", function="R&D", city="成都", level="L1")
    ask(desk, RD)
    one = ask(desk, RD | {"level": ["L1"]})
    assert one.overall.invited == 6
    rest = RD | without({"level": ["L1", "L9"]})
    problem = refused(ask, desk, rest)
    assert problem.status == 422
    (error,) = problem.errors
    assert (error.field, error.rule) == ("draft.audience", NEAR_ASKED)
    assert chinese()[NEAR_ASKED]
    check_nothing_shows(desk)


def test_a_person_moved_between_groups_shows_in_no_team(desk):
    for number in range(6):
        move(desk, f"E{number:02}", "G1")
    for number in range(6, 12):
        move(desk, f"E{number:02}", "G2")
    first = ask(desk)
    move(desk, "E05", "G2")
    second = ask(desk, title="after")
    assert second.overall.expected == first.overall.expected
    check_nothing_shows(desk)


def test_a_person_moved_to_another_function_shows_in_no_team(desk):
    before = ask(desk)
    put_employee(desk, "E03", function="customer success", city="上海")
    after = ask(desk, title="after")
    rd = ask(desk, RD)
    names = {team.team: team.invited for team in before.by_function}
    assert names.get("R&D") == 14
    shown = {team.team: team.invited for team in after.by_function}
    assert "R&D" not in shown
    assert rd.overall.invited == 14
    check_nothing_shows(desk)


def test_somebody_hired_does_not_show(desk):
    first = ask(desk, RD)
    put_employee(desk, "E77", function="R&D", city="成都", hired_at="2026-01-01T00:00:00Z")
    second = ask(desk, RD, title="after")
    assert second.overall.invited == first.overall.invited
    check_nothing_shows(desk)


def test_what_ifs_are_held_to_the_same(desk, monkeypatch):
    def paired(after, pairs, before, former):
        counts, base = after.counts(pairs), before.counts(former)
        return SimpleNamespace(
            counts=counts, base=base, hardly_told=False,
            difference=lambda first=None, other=None: counts.count(other) - base.count(first),
        )  # fmt: skip

    monkeypatch.setattr(type(desk.state.predictor), "paired", paired, raising=False)
    put_employee(desk, "E02", function="R&D", city="成都", level="L9")
    ask(desk, RD)
    draft = {"title": "x", "template": "quiz", "starts_at": STARTS}
    near = RD | without({"level": ["L9"]})
    request = CompareRequest.model_validate({"draft": draft, "changes": {"audience": near}})
    answer = desk.compare(request, "en")
    variant = answer.variants[0].forecast
    assert variant.overall.invited == 14
    assert any("Fewer than 5 people" in note for note in variant.notes)
    both = [{"audience": RD}, {"audience": near}]
    request = CompareRequest.model_validate({"draft": draft, "variants": both})
    assert refused(desk.compare, request, "en").status == 422
    check_nothing_shows(desk)


def test_whoever_asks_is_held_to_what_others_asked(desk, home):
    put_employee(desk, "E02", function="R&D", city="成都", level="L9")
    ask(desk, RD)
    other = Desk(home, desk.state)
    other.open()
    assert ask(other, RD | without({"level": ["L9"]})).overall.invited == 14
    other.close()


def test_after_thirty_days_the_people_are_those_asked_for(desk, monkeypatch):
    put_employee(desk, "E02", function="R&D", city="成都", level="L9")
    ask(desk, RD)
    near = RD | without({"level": ["L9"]})
    later = clock.now().replace(month=7, day=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ask(desk, near).overall.invited == 13


def test_lists_of_whom_to_invite_are_held_to_it_too(desk):
    everyone = ask(desk)
    body = {"activity_id": "quiz-all", "size": 12}
    first = desk.audience(AudiencesRequest.model_validate(body), "en", CALLER)
    cut = body | {"exclude_ids": first.employee_ids[:2], "size": 10}
    second = desk.audience(AudiencesRequest.model_validate(cut), "en", CALLER)
    assert len(second.employee_ids) == 10
    # the list is shorter, its number is of the former one's people
    assert second.overall.expected == first.overall.expected
    assert everyone.overall.invited > 12
    check_nothing_shows(desk)


def test_the_record_holds_no_id(desk):
    ask(desk, RD)
    rows = desk.database.read("SELECT * FROM asked_audiences")
    assert rows
    assert not any(b"E0" in bytes(row["members"]) for row in rows if row["n_people"] < 20)
    assert json.dumps([row["activity_id"] for row in rows]) == json.dumps([None] * len(rows))
    # before the people, which breakdown they are of and how many are modelled
    assert np.all([len(bytes(row["members"])) == 8 * (row["n_people"] + 2) for row in rows])


def test_who_refuses_since_the_last_forecast_is_told_by_no_difference(desk):
    assert ask(desk, RD).overall.invited == 14
    put_employee(desk, "E02", function="R&D", city="成都", profiling_opt_out=True)
    found = ask(desk, RD, title="after")
    assert found.overall.invited == 14
    (note,) = [one for one in found.notes if "base rate" in one]
    assert note.startswith("4 people count")
    assert chinese()[UNMODELLED]
    again = ask(desk, RD, title="again")
    assert again.overall.expected == found.overall.expected
    check_nothing_shows(desk)


IDS = np.array([f"E{n:03}" for n in range(100)], dtype=object)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NO_TEAMS = {"city": np.array([""] * 100, dtype=object)}
CITIES = {"city": np.array([chr(65 + n // 20) for n in range(100)], dtype=object)}


@pytest.fixture
def database(home, on_both):
    with closing(open_database(home)) as opened:
        yield opened


def people(*refuse, without=()):
    kept = np.setdiff1d(np.arange(100), without)
    return People(member_codes(IDS[kept]), np.isin(kept, refuse), IDS[kept])


def settle(log, who, invited, teams=NO_TEAMS):
    teams = {name: team[: len(who.ids)] for name, team in teams.items()}
    return log.settle(who, np.array(invited), teams, None, NOW, "audience")


def check_modelled(database):
    """No two groups that were told part in one to four of those modelled."""
    with database.reading() as transaction:
        found = [set(one.members[: one.n_modelled].tolist()) for one in asked_after(transaction, 0)]
    assert all(len(one) >= MIN_PEOPLE for one in found)
    for one, other in itertools.combinations(found, 2):
        assert not 0 < len(one ^ other) < MIN_PEOPLE
    return found


def test_parts_of_a_breakdown_but_for_one_person_are_refused(database):
    log = AudienceLog(database)
    found = settle(log, people(), range(100), CITIES)
    assert len(found.groups["city"]) == 5
    assert refused(settle, log, people(), range(59)).status == 422
    # just the parts tell nothing new
    assert len(settle(log, people(), range(60)).invited) == 60


def test_parts_of_which_nearly_a_group_was_told_of_are_shown_together(database):
    log = AudienceLog(database)
    settle(log, people(), range(59))
    found = settle(log, people(), range(100), CITIES).groups["city"]
    inside = np.arange(100) < 59
    for n in range(1, len(found) + 1):
        for parts in itertools.combinations(found, n):
            union = np.logical_or.reduce([part.mask for part in parts])
            assert not 0 < (union ^ inside).sum() < MIN_PEOPLE
    assert len(found) > 1


def test_refusals_between_forecasts_of_the_same_people_show_in_none(database):
    log = AudienceLog(database)
    settle(log, people(), range(100), CITIES)
    found = settle(log, people(7), range(100), CITIES)
    assert len(found.invited) == 100
    # four more of the same city, so that the other cities stay
    assert np.flatnonzero(~found.modelled).max() < 20
    assert [group.n_counted for group in found.groups["city"]] == [15, 20, 20, 20, 20]
    again = settle(log, people(7), range(100), CITIES)
    assert np.array_equal(again.modelled, found.modelled)
    settle(log, people(7, 8, 47), range(100), CITIES)
    settle(log, people(8), range(100), CITIES)
    with suppress(Problem):
        settle(log, people(*range(3)), range(30), CITIES)
    check_modelled(database)


def test_who_was_erased_is_told_by_no_difference(database):
    log = AudienceLog(database)
    settle(log, people(), range(30))
    with database.begin() as transaction:
        assert forget_member(transaction, "E007") == 1
        assert forget_member(transaction, "E007") == 0
    left = people(without=[7])
    first = settle(log, left, range(29))
    assert (len(first.invited), first.modelled.sum()) == (29, 25)
    for state in (log, AudienceLog(database)):
        found = settle(state, left, range(29))
        assert found.invited.tolist() == first.invited.tolist()
        assert found.modelled.tolist() == first.modelled.tolist()
    before, *_ = check_modelled(database)
    assert len(before) == 30
    assert int(member_codes(["E007"])[0]) not in before


@pytest.mark.parametrize("meanwhile", [False, True])
def test_the_record_takes_in_nobody_who_was_erased(database, meanwhile):
    looks = []

    def erased(transaction, ids):
        looks.append(len(ids))
        return set() if meanwhile and len(looks) == 1 else {"E007"}

    found = settle(AudienceLog(database, erased), people(), range(30))
    assert found.invited.tolist() == [n for n in range(30) if n != 7]
    assert len(looks) == (4 if meanwhile else 2)
    (told,) = check_modelled(database)
    assert int(member_codes(["E007"])[0]) not in told


def test_entries_of_before_the_modelled_were_kept_count(database):
    members = np.sort(member_codes(IDS[:30])).astype("<u8").tobytes()
    row = {"asked_at": NOW.isoformat(), "activity_id": None, "n_people": 30, "members": members}
    with database.begin() as transaction:
        transaction.insert("asked_audiences", [row])
    assert len(settle(AudienceLog(database), people(3), range(29)).invited) == 30
    with database.begin() as transaction:
        assert forget_member(transaction, "E007") == 1
        (one, *_) = asked_after(transaction, 0)
    assert (len(one.members), one.n_modelled) == (30, None)


def test_whom_the_list_of_erasures_names_is_in_no_forecast(desk, home):
    begin_erasure(home, desk.database, "E03", NOW)
    assert ask(desk, RD).overall.invited == 13
    n = len(told_groups(desk))
    begin_erasure(home, desk.database, "E04", NOW)
    # another list of erasures: the state, which knows them still, is looked through anew
    ask(desk, title="everyone")
    first, second = (int(one) for one in member_codes(["E03", "E04"]))
    groups = told_groups(desk)
    assert not any(first in one for one in groups)
    assert any(second in one for one in groups[:n])
    assert groups[n:]
    assert not any(second in one for one in groups[n:])
