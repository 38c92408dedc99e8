"""What HR staff do in the console, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def service(own_module_home, started):
    with started(own_module_home) as found:
        yield found


@pytest.fixture
def signed_in(browser, service):
    """Opens pages for somebody with a key of a role; fails where the browser complains."""
    contexts, complaints = [], []

    def opened(role="hr_reviewer", locale="en-GB", viewport=WIDE):
        context = browser.new_context(
            base_url=str(service.client.base_url), locale=locale, viewport=viewport,
            is_mobile=viewport is PHONE,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("response", lambda one: one.status >= 400 and complaints.append(one.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: one.type == "error" and complaints.append(one.text))
        page.goto("/console")
        page.fill("#key", service.key(role))
        page.click("main button")
        page.wait_for_url("**/console")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert sorted(set(complaints)) == []


def addresses(page):
    """Every page of the navigation, and those of one activity of each phase."""
    page.goto("/console")
    found = ["/console", "/console/activities/new?template=knowledge_quiz"]
    found += [one.get_attribute("href") for one in page.query_selector_all("nav.places a")]
    found += ["/console/data/models", "/console/portraits?by=function&team=R%26D"]
    phases = [one.get_attribute("href") for one in page.query_selector_all("nav.tabs a")]
    for phase in [one for one in phases if "phase=" in one]:
        page.goto(phase)
        first = page.query_selector("th a[href*='/activities/']")
        page.goto(first.get_attribute("href"))
        found.append(re.sub(r"^https?://[^/]+", "", page.url))
        found += [one.get_attribute("href") for one in page.query_selector_all("nav.tabs a")]
    return list(dict.fromkeys(found))


def test_from_a_draft_over_a_change_to_an_approved_and_announced_activity(signed_in):
    page = signed_in()
    page.click("text=New activity")
    page.click("text=board games")
    page.fill("#title", "Chess for <everybody> & all")
    page.click("main form button:has-text('Keep the draft')")
    page.wait_for_selector("text=Nobody is told of it until it is announced")
    assert page.inner_text("h1") == "Chess for <everybody> & all"
    before = int(page.inner_text(".big b").replace(",", ""))

    page.click("nav.tabs >> text=Design")
    page.fill("#points", "300")
    page.click("button:has-text('Who would come instead?')")
    page.wait_for_selector("button:has-text('Apply to the draft')")
    assert "no proof" in page.inner_text("main")
    page.click("button:has-text('Apply to the draft')")
    page.wait_for_selector("text=The design is changed; this is its forecast.")
    after = int(page.inner_text(".big b").replace(",", ""))
    assert (before, after) != (0, 0)

    page.fill("#name", "Li Hua")
    page.fill("#note", "for the whole company")
    page.click("button:has-text('Approve')")
    page.wait_for_selector("text=Approved. The forecast that you saw is kept with it.")
    assert "Li Hua" in page.inner_text("main")
    page.click("button:has-text('Announce')")
    page.wait_for_selector("text=it is suggested to people from now on")
    page.click("nav.tabs >> text=Live")
    assert "approved" in page.inner_text("main").lower()


def test_a_search_suggests_designs_of_which_one_is_compared(signed_in):
    page = signed_in()
    page.goto("/console?phase=draft")
    page.click("th a[href*='/activities/']")
    page.click("nav.tabs >> text=Suggest")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.select_option("#trials", index=0)
    page.click("button:has-text('Search for designs')")
    page.wait_for_selector("a[href*='/design?']", timeout=120_000)
    page.click("a[href*='/design?'] >> nth=0")
    page.wait_for_selector("button:has-text('Keep as a new draft')")


def test_a_past_one_tells_what_came_of_it_and_goes_into_files(signed_in):
    page = signed_in()
    page.goto("/console?phase=past")
    page.click("th a[href*='/activities/']")
    assert page.url.endswith("/effect")
    for kind in ("PDF", "PNG", "Excel"):
        with page.expect_download() as saved:
            page.click(f"a:has-text('{kind}')")
        assert saved.value.path().stat().st_size > 3_000


def test_the_language_is_the_browsers_until_another_is_chosen(signed_in):
    page = signed_in(locale="zh-CN")
    assert page.inner_text("h1") == "活动"
    page.click("text=English")
    assert page.inner_text("h1") == "Activities"
    page.goto("/console/portraits")
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=中文")
    assert page.get_attribute("html", "lang") == "zh-Hans"


def test_the_other_language_keeps_what_stands_in_a_form(signed_in):
    page = signed_in()
    page.goto("/console/activities/new?template=board_games")
    page.fill("#title", "Chess")
    page.click("text=only some teams")
    page.click("text=中文")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    # the page is read before its script has run, which puts back what stood there
    page.wait_for_load_state()
    assert page.input_value("#title") == "Chess"
    assert page.is_checked("#invited-teams")
    page.reload()
    assert page.input_value("#title") == ""


def test_a_reviewer_cannot_promote(signed_in):
    page = signed_in()
    page.goto("/console/data/models")
    page.wait_for_selector("h1")
    assert page.query_selector("form[action*='promote'], form[action*='rollback']") is None


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_no_page_is_wider_than_a_phone_and_axe_finds_nothing_serious(signed_in, locale):
    page = signed_in(locale=locale, viewport=PHONE)
    wider, found = [], {}
    for address in addresses(page):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wider.append(address)
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in GRAVE:
                found[one["id"], address] = [node["html"][:200] for node in one["nodes"][:2]]
    assert wider == []
    assert found == {}


def test_the_keyboard_alone_reaches_the_content(signed_in):
    page = signed_in()
    page.goto("/console")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
