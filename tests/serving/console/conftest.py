"""A guarded console over a small company, and a real browser over a running service."""

import asyncio
import shutil
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette

from engagement.keys import create_key
from serving.console.routes import console_routes
from serving.console.session import FIELD
from serving.console.team_names import TeamNames
from serving.designs import Designs
from serving.guard import Guard

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update"]  # fmt: skip


class Visitor:
    """Somebody with a browser's cookies, before one console."""

    def __init__(self, guard, token=None, client="10.0.0.1"):
        self.guard = guard
        self.client = client
        self.cookies = httpx.Cookies()
        self.headers = {"accept-language": "en"}
        if token:
            found = self.post("/console/sign-in", key=token)
            assert found.status_code == 303, found.text

    def ask(self, method, path, **options):
        async def asked():
            transport = httpx.ASGITransport(self.guard, client=(self.client, 5000))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://huoli", cookies=self.cookies
            ) as to:
                headers = self.headers | options.pop("headers", {})
                found = await to.request(method, path, headers=headers, **options)
                self.cookies = to.cookies
                return found

        # in a thread of its own: a browser that a test drives has a running loop in this one
        with ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(asyncio.run, asked()).result()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, headers=None, **fields):
        """Send a form as it is, without what a page's own form would carry."""
        content = urllib.parse.urlencode(fields, doseq=True)
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, content=content, headers=form | (headers or {}))

    def send(self, path, from_page="/console", **fields):
        """Send a form as a page does: with the token that stands in it."""
        return self.post(path, **{FIELD: self.token(from_page)}, **fields)

    def token(self, from_page="/console"):
        page = self.get(from_page).text
        start = page.index(f'name="{FIELD}" value="') + len(f'name="{FIELD}" value="')
        return page[start : page.index('"', start)]


@pytest.fixture
def reader(desk):
    """What pages read of a visit, without one."""
    return SimpleNamespace(
        desk=desk, language="en", say=lambda text, **values: text.format(**values),
        teams=TeamNames("en", {}),
    )  # fmt: skip


@pytest.fixture
def guard(desk):
    return Guard(Starlette(routes=console_routes(desk, Designs(desk))), desk)


@pytest.fixture
def visitor(desk, guard):
    """Makes a visitor who is signed in with a key of a role; None: nobody."""

    def made(role="hr_reviewer", **more):
        token = create_key(desk.database, role, f"the {role}")[1] if role else None
        return Visitor(guard, token, **more)

    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's Chromium, without a window; ends with the module, as its loop is in others' way."""
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: install the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()
