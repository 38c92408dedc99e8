"""Who enters the console: by a key, for a session, and no form of another site's."""

import re

import pytest

from engagement.keys import all_keys, create_key, revoke_key
from engagement.roles import ROLES, may
from serving.console.addresses import PAGES
from serving.console.session import COOKIE, FIELD, new_session
from serving.console.static_files import static_address
from serving.limits import FAILURES

STATIC = "/console/static/{name}"
NEED_A_KEY = [(method, path) for path, page in PAGES.items()
              for method, scope in page.scopes.items() if scope]  # fmt: skip


def address(path):
    return re.sub(r"{\w+}", "x", path)


def test_who_is_not_signed_in_is_led_to_where_that_is_done(visitor):
    nobody = visitor(None)
    assert nobody.get("/console").headers["location"] == "/console/sign-in"
    found = nobody.get("/console/data?x=1")
    assert found.status_code == 303
    assert found.headers["location"] == "/console/sign-in?next=/console/data%3Fx%3D1"


@pytest.mark.parametrize(("method", "path"), NEED_A_KEY)
def test_no_page_is_open_to_nobody(visitor, method, path):
    found = visitor(None).ask(method, address(path))
    assert (found.status_code, found.headers["location"][:16]) == (303, "/console/sign-in")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_what_its_key_may_and_no_more(visitor, role):
    someone = visitor(role)
    for method, path in NEED_A_KEY:
        if may(role, PAGES[path].scopes[method]):
            continue
        found = someone.ask(method, address(path))
        assert found.status_code == 403, path
        assert "another role" in found.text


def test_a_key_that_opens_nothing_is_refused_in_words_and_not_kept(visitor):
    nobody = visitor(None)
    found = nobody.post("/console/sign-in", key="huoli_0_0", next="/console/data")
    assert found.status_code == 401
    assert "opens nothing" in found.text
    assert "huoli_0_0" not in found.text
    assert COOKIE not in nobody.cookies
    assert 'value="/console/data"' in found.text


def test_keys_are_not_to_be_guessed_here_either(visitor):
    nobody = visitor(None)
    for _ in range(FAILURES):
        assert nobody.post("/console/sign-in", key="huoli_0_0").status_code == 401
    found = nobody.post("/console/sign-in", key="huoli_0_0")
    assert found.status_code == 429
    assert "wait a minute" in found.text


ELSEWHERE = ("//evil.example", "https://evil.example", "/docs", "/console/../x", "/console\\x",
             "/console/a//b")  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_leads_to_our_own_pages_alone(desk, visitor, elsewhere):
    token = create_key(desk.database, "admin", "x")[1]
    found = visitor(None).post("/console/sign-in", key=token, next=elsewhere)
    assert found.headers["location"] == "/console"


def test_the_cookie_is_for_no_script_and_holds_no_key(desk, visitor):
    token = create_key(desk.database, "admin", "x")[1]
    found = visitor(None).post("/console/sign-in", key=token)
    cookie = found.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert token.rsplit("_", 1)[1] not in cookie


def test_a_changed_or_foreign_cookie_is_nobodys(visitor):
    someone = visitor()
    kept = someone.cookies[COOKIE]
    for forged in (kept[:-2] + "xx", kept.split(".")[0], "", "a.b.c", "{}"):
        someone.cookies.clear()
        someone.cookies.set(COOKIE, forged)
        assert someone.get("/console").status_code == 303


def test_a_session_ends_with_its_key_and_by_signing_out(desk, visitor, monkeypatch):
    someone = visitor()
    assert someone.get("/console").status_code == 200
    someone.send("/console/sign-out")
    assert someone.get("/console").status_code == 303
    other = visitor("data_scientist")
    revoke_key(desk.database, all_keys(desk.database)[-1].key_id)
    other.guard.entrance._known.clear()
    assert other.get("/console").status_code == 303


def test_a_form_needs_the_token_of_its_own_session(visitor):
    someone, other = visitor(), visitor()
    assert someone.post("/console/sign-out").status_code == 403
    assert someone.post("/console/sign-out", **{FIELD: other.token()}).status_code == 403
    assert "was not sent from a page" in someone.post("/console/sign-out").text
    own = someone.token()
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    assert someone.post("/console/sign-out", from_elsewhere, **{FIELD: own}).status_code == 403
    assert someone.post("/console/sign-out", **{FIELD: own}).status_code == 303


def test_tokens_differ_from_page_to_page(visitor):
    someone = visitor()
    assert someone.token() != someone.token()


def test_a_form_must_be_one(visitor):
    someone = visitor()
    assert someone.ask("POST", "/console/sign-out", json={}).status_code == 415
    found = someone.ask("POST", "/console/sign-out", content=b"\xff=%00",
                        headers={"content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert found.status_code == 400
    assert "text/html" in found.headers["content-type"]


def test_pages_load_nothing_from_elsewhere_and_run_no_script_but_ours(visitor):
    found = visitor().get("/console")
    policy = found.headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "<script>" not in found.text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', found.text) == []
    assert found.headers["cache-control"] == "no-store"


def test_our_own_files_are_kept_by_the_browser_and_nothing_else_is_served(visitor):
    nobody = visitor(None)
    found = nobody.get(static_address("console.css"))
    assert "immutable" in found.headers["cache-control"]
    for name in ("..%2Fsite.py", "nothing.css", "%2e%2e"):
        assert nobody.get(f"/console/static/{name}").status_code in (404, 303)


def test_pages_speak_the_language_chosen_before_that_of_the_browser(visitor):
    someone = visitor()
    assert "Activities" in someone.get("/console").text
    assert "活动" in someone.get("/console", headers={"accept-language": "zh-CN"}).text
    assert "活动" in someone.get("/console?lang=zh").text
    assert "活动" in someone.get("/console").text


def test_a_session_is_read_by_every_process_of_the_home_and_by_no_other_home(guard, desk, tmp_path):
    from features.home import Home
    from serving.console.session import Sessions

    cookie = guard.entrance.sessions.cookie(new_session("k"))
    assert Sessions(desk.home).read(cookie).key_id == "k"
    assert Sessions(Home(tmp_path / "other")).read(cookie) is None
    secret = desk.home.data / "console_secret"
    assert secret.stat().st_mode & 0o077 == 0


def test_how_a_key_is_made_stands_folded_away(visitor):
    page = visitor(None).get("/console/sign-in").text
    folded = page[page.index("<details>") : page.index("</details>")]
    assert "huoli keys create" in folded
    assert page.count("huoli keys create") == 1
