"""The page of portraits: who may read it, what it says, and in which words."""

import asyncio
import re

import httpx
import pytest
from starlette.applications import Starlette

from engagement.keys import create_key
from engagement.roles import ROLES
from serving.console import portraits as page
from serving.console import site
from serving.console.portrait_words import listed
from serving.console.routes import console_routes
from serving.designs import Designs
from serving.guard import Guard

MAY = ("hr_system", "hr_system_teams", "hr_reviewer", "data_scientist")


@pytest.fixture
def visit(desk):
    app = Guard(Starlette(routes=console_routes(desk, Designs(desk))), desk)

    def visited(query="", role="hr_reviewer", language="en"):
        async def asked():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://huoli") as to:
                form = (await to.get("/console/sign-in")).text
                fields = dict(
                    re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
                )
                fields["key"] = create_key(desk.database, role, role)[1]
                headers = {"origin": "https://huoli"}
                await to.post("/console/sign-in", data=fields, headers=headers)
                return await to.get(f"/console/portraits?lang={language}&{query}")

        return asyncio.run(asked())

    return visited


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_read_portraits_does(visit, role):
    assert visit(role=role).status_code == (200 if role in MAY else 403)


def test_the_teams_are_listed_without_small_ones(visit):
    found = visit("by=function").text
    assert "customer success" in found
    assert "corporate" not in found
    assert "As of 1 Jun 2026" in found


def test_a_portrait_has_charts_with_tables_and_words(visit):
    found = visit("by=function&team=R%26D")
    assert found.status_code == 200
    assert "Portrait of R&amp;D" in found.text
    assert found.text.count("<svg") >= 4
    assert found.text.count("data-row=") > 8
    assert "Takes up" in found.text
    assert "few data" in found.text
    # nobody's id
    assert not re.search(r"\bE\d\d\b", re.sub(r"<svg.*?</svg>", "", found.text, flags=re.S))


def test_it_is_in_chinese_too(visit):
    found = visit("by=function&team=R%26D", language="zh").text
    assert "研发的画像" in found
    assert "每 100 次邀请参加" in found


def test_a_team_of_which_too_little_can_be_told_says_so(visit):
    assert "Too little is known of this team yet" in visit("by=function&team=customer+success").text


@pytest.mark.parametrize("team", ["corporate", "<script>", "x" * 300])
def test_a_team_that_cannot_be_shown_is_not_found_and_what_was_typed_stays(visit, team):
    found = visit(httpx.QueryParams({"by": "function", "team": team}).__str__())
    assert found.status_code == 404
    assert "No team that can be shown is called like this." in found.text
    assert "<script>alert" not in found.text


def test_part_of_a_name_finds_the_teams(visit):
    found = visit("by=function&team=custom").text
    assert "by=function&amp;team=customer+success" in found
    assert "team=R%26D" not in found


def test_they_are_kept_for_the_week(desk, monkeypatch):
    found = page.portraits_of(desk)
    assert page.portraits_of(desk) is found
    refuses = desk.state.board.opted_out.copy()
    refuses[0] = True
    monkeypatch.setitem(vars(desk.state.board), "opted_out", refuses)
    anew = page.portraits_of(desk)
    assert anew is not found
    assert anew.is_resting


def test_names_are_listed_as_people_do():
    assert listed(["游戏", "故事"], "zh") == "游戏和故事"


def test_a_groups_id_counts_before_another_groups_name(visitor, monkeypatch):
    # by its name, another group would be called as this one's id is
    monkeypatch.setattr(site, "group_names", lambda home: {"G1": "one", "G2": "G1"})
    for asked in ("G1", "one"):
        found = visitor().get(f"/console/portraits?by=project_group&team={asked}").text
        assert "Portrait of one" in found
