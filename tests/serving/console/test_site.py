"""What all pages share: the other language, pictures, our own files, and odd input."""

import re
import threading
from html import unescape

import pytest

from engagement.designs import add_design, end_design, still_wanted
from features import clock
from serving.charts import Key, no_wider
from serving.console import pictures
from serving.console.static_files import STATIC, static_address


def in_chinese(page):
    return unescape(re.search(r'href="([^"]*lang=zh[^"]*)"', page.text)[1])


def test_the_other_language_keeps_every_value_of_a_name(visitor):
    page = visitor().get("/console?phase=draft&phase=past&q=&said=changed")
    assert in_chinese(page) == "/console?phase=draft&phase=past&lang=zh"


@pytest.mark.parametrize("form", ["approve", "announce"])
def test_the_other_language_of_what_answers_a_form_can_be_read(visitor, form):
    someone = visitor()
    page = someone.send(f"/console/activities/draft/{form}", name="")
    assert page.status_code in (409, 412, 422)
    assert in_chinese(page) == "/console/activities/draft?lang=zh"


def test_our_files_are_kept_for_good_by_their_full_address_alone(visitor):
    nobody = visitor(None)
    assert "immutable" in nobody.get(static_address("console.css")).headers["cache-control"]
    for address in ("console.css", "console.css?v=old"):
        found = nobody.get(f"/console/static/{address}")
        assert found.headers["cache-control"] == "no-cache"
    refused = visitor("data_scientist").get("/console/activities/nothing")
    assert static_address("console.css") in refused.text


@pytest.fixture
def drawings(monkeypatch):
    """Nothing drawn yet; what is drawn is a text as long as asked for."""
    monkeypatch.setattr(pictures, "_KEPT", type(pictures._KEPT)())
    monkeypatch.setattr(pictures, "to_svg", lambda figure: figure)


def long(n, name):
    return name * n


def test_what_is_drawn_already_is_shown_while_others_are_drawn(drawings):
    pictures.svg_of(long, {"n": 3, "name": "a"})
    found = []
    with pictures._DRAWING:
        look = threading.Thread(
            target=lambda: found.append(pictures.svg_of(long, {"n": 3, "name": "a"})), daemon=True
        )
        look.start()
        look.join(2)
        assert found == ["aaa"]


def test_drawings_are_kept_up_to_a_size(drawings, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 5_000)
    for name in "abcdef":
        pictures.svg_of(long, {"n": 2_000, "name": name})
    assert [svg[0] for svg in pictures._KEPT.values()] == ["e", "f"]


def test_a_search_stopped_without_an_answer_is_waited_for_no_longer_than_it_works(desk, visitor):
    add_design(desk.database, "one", {"activity_id": "quiz-all", "goals": ["turnout"]}, 30,
               clock.now())  # fmt: skip
    still_wanted(desk.database, "one", 5)
    end_design(desk.database, "one", "cancelled")
    someone = visitor()
    assert "data-refresh" in someone.get("/console/designs/one").text
    desk.database.write("UPDATE designs SET beat = beat - 200", [{}])
    assert "data-refresh" not in someone.get("/console/designs/one").text


@pytest.mark.parametrize(
    "odd", [{"least1": "nan"}, {"least1": "inf"}, {"budget": "nan"},
            {"vary": "slots", "weeks": "1" * 5000, "hours": "12:00"}],
)  # fmt: skip
def test_odd_numbers_of_a_search_are_told_beside_their_field(visitor, odd):
    fields = {"vary": "rewards", "goals": "turnout", "rewards": "10", "team1": "function|R&D",
              "least1": "3", "trials": "30"}  # fmt: skip
    found = visitor().send("/console/activities/quiz-all/suggest", **(fields | odd))
    assert found.status_code == 422
    assert 'aria-invalid="true"' in found.text


@pytest.fixture
def scripted(browser):
    """Runs our script on a body, where reading an address does what a text of script says."""
    context = browser.new_context()

    def by(body, fetch):
        page = context.new_page()
        page.set_content(body)
        page.evaluate(f"() => {{ window.asked = 0; window.fetch = () => {{ asked++; {fetch} }}; }}")
        page.add_script_tag(path=STATIC / "console.js")
        return page

    yield by
    context.close()


def test_a_part_is_not_replaced_by_the_page_to_sign_in(scripted):
    answer = "{ ok: true, redirected: true, text: () => Promise.resolve('<p>Sign in</p>') }"
    page = scripted('<div data-load="/part"><a>by itself</a></div>',
                    f"return Promise.resolve({answer});")  # fmt: skip
    page.wait_for_timeout(200)
    assert page.inner_text("[data-load]") == "by itself"


def test_what_goes_on_is_not_asked_again_before_the_answer_is_there(scripted):
    page = scripted('<div id="a" data-refresh="here"></div>', "return new Promise(() => {});")
    page.wait_for_timeout(4_500)
    assert page.evaluate("asked") == 1


@pytest.mark.parametrize(
    "path",
    ["/console/activities/draft", "/console/activities/draft/design?points=70",
     "/console/activities/draft/suggest", "/console/activities/new?template=knowledge_quiz",
     "/console/portraits?by=project_group"],
)  # fmt: skip
def test_project_groups_are_called_by_their_names(visitor, path, paired):
    page = visitor().get(path)
    assert page.status_code == 200
    shown = re.sub(r"<[^>]*>", "|", page.text)
    assert re.search(r"\|\s*one\s*\|", shown)
    assert "|G1|" not in shown


PHONE = "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile"


@pytest.mark.parametrize(
    ("headers", "is_narrow"),
    [({}, False), ({"user-agent": PHONE}, True),
     ({"user-agent": PHONE, "sec-ch-ua-mobile": "?0"}, False), ({"sec-ch-ua-mobile": "?1"}, True)],
)  # fmt: skip
def test_a_phones_pictures_are_drawn_for_its_width(visitor, headers, is_narrow):
    page = visitor().get("/console/activities/draft", headers=headers)
    widths = {float(one) for one in re.findall(r'<svg[^>]* width="([\d.]+)pt"', page.text)}
    assert widths
    assert (max(widths) <= 72 * 4.9) == is_narrow
    assert "user-agent" in page.headers["vary"]


def test_names_that_do_not_fit_into_a_row_stand_one_below_the_other():
    names = ("expected, and between what in 90 of 100 cases", "usual of the team lately")
    assert Key(names, 0.2).more == 0
    with no_wider(4.9):
        assert Key(names, 0.2).more == pytest.approx(0.2)
        assert Key(("came", "usual"), 0.2).more == 0


def test_what_draws_is_loaded_once_when_a_page_is_first_opened(visitor):
    assert visitor(None).get("/console/sign-in").status_code == 200
    loading = pictures.warm()
    loading.join(60)
    assert not loading.is_alive()
    assert pictures.warm() is loading
