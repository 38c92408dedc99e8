"""A person's own portrait: right, for that person alone, and in the audit log before it is told."""

from dataclasses import replace

import pytest

from engagement.audit import Caller, newest_entries
from features.errors import HuoliError
from features.history.columns import DAY
from serving.board import Board
from serving.contract import PortraitsRequest
from serving.own_portrait import own_portrait
from serving.problems import Problem

CALLER = Caller("k1", "hr_system", "POST /v1/portraits", "request-1")


@pytest.fixture
def ask(desk):
    def asked(who, language="en"):
        return own_portrait(desk, PortraitsRequest(employee_id=who), language, CALLER)

    return asked


def test_it_says_what_the_person_went_to(ask):
    found = ask("E00")
    rates = {(one.by, one.name): one for one in found.rates}
    # quizzes of a year: n = 4, 6, 8 and 10; E00 misses n = 10
    assert found.personal
    assert rates["template", "quiz"].took_part < rates["template", "quiz"].invited
    assert rates["template", "games"].took_part == 0
    assert found.invited == sum(one.invited for one in found.rates if one.by == "template")
    assert found.took_part == sum(one.took_part for one in found.rates if one.by == "template")
    assert found.reasons[0].startswith(f"You took part in {found.took_part} of the {found.invited}")
    assert "quiz" in found.reasons[1]
    assert ask("E00", "zh").reasons[0].startswith("过去一年您收到")


def test_it_is_on_record_whose_was_told_to_whom(ask, desk):
    ask("E00")
    ask("E12")
    entries = newest_entries(desk.database, 5)
    assert [(one["call"], one["role"], one["people"]) for one in entries] == [
        ("POST /v1/portraits", "hr_system", 1)
    ] * 2
    assert len(newest_entries(desk.database, 5, "E00")) == 1


def test_who_refuses_profiling_gets_nothing_of_the_own_record(ask):
    found = ask("E12")
    assert not found.personal
    assert (found.invited, found.took_part, found.rates, found.ratings) == (0, 0, [], [])
    assert found.reasons == ["You asked not to be profiled: nothing of your own record was read"]


@pytest.mark.parametrize("who", ["E25", "nobody"])
def test_nobody_at_the_company_is_refused(ask, desk, who):
    with pytest.raises(Problem) as caught:
        ask(who)
    assert (caught.value.status, caught.value.errors[0].field) == (404, "employee_id")
    assert newest_entries(desk.database, 5) == []


def test_who_was_erased_is_nobody_even_while_it_is_computed(ask, desk, monkeypatch):
    monkeypatch.setattr(desk.erasures, "among", lambda transaction, ids: set(ids))
    with pytest.raises(Problem) as caught:
        ask("E00")
    assert caught.value.status == 404
    assert newest_entries(desk.database, 5) == []


def test_without_the_log_nothing_is_told(ask, desk):
    ask("E00")
    with desk.database.begin() as transaction:
        transaction.write("DELETE FROM audit_head", [{}])
    with pytest.raises(HuoliError, match="audit log"):
        ask("E00")


def test_nothing_that_came_later_matters(ask, desk, board):
    early = Board(board.history, board.as_of - 100 * DAY)
    desk.replace(replace(desk.state, board=early))
    found = ask("E00")
    assert found.as_of.startswith("2026-02-21")
    assert sum(one.invited for one in found.rates if one.by == "template") == found.invited == 10
