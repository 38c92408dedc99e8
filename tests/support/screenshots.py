"""Pictures of the console's pages, in both languages, wide and as on a phone.

    python tests/support/screenshots.py --out DIR [--address URL] [--key KEY] [PATH ...]

Without paths: every page of the navigation, and those of one activity of each phase. Needs Debian's
package chromium. Says which pages are wider than the screen, and what the browser complained of.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIZES = {"wide": (1280, 900), "phone": (390, 844)}
PHONE = {"is_mobile": True, "has_touch": True,
         "user_agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile"}  # fmt: skip
LANGUAGES = ("zh", "en")
KEY_FILE = Path("data/demo_key_hr_reviewer")
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update"]  # fmt: skip


@contextmanager
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            yield found
        finally:
            found.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://127.0.0.1:3000")
    parser.add_argument("--key", help="default: the one that `huoli run` made for HR staff")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("paths", nargs="*")
    asked = parser.parse_args()
    key = asked.key or KEY_FILE.read_text(encoding="utf-8").strip()
    asked.out.mkdir(parents=True, exist_ok=True)
    with browser() as found:
        for size in asked.sizes:
            width, height = SIZES[size]
            context = found.new_context(
                viewport={"width": width, "height": height}, **(PHONE if size == "phone" else {})
            )
            page = context.new_page()
            said = _complaints(page)
            page.goto(f"{asked.address}/console/sign-in")
            page.fill("#key", key)
            page.click("main button")
            for path in asked.paths or _every_page(page, asked.address):
                for language in asked.languages:
                    said.clear()
                    joint = "&" if "?" in path else "?"
                    page.goto(f"{asked.address}{path}{joint}lang={language}")
                    page.wait_for_load_state("networkidle")
                    name = path.strip("/").replace("/", "-").replace("?", "-") or "console"
                    file = asked.out / f"{name}-{language}-{size}.png"
                    page.screenshot(path=file, full_page=True)
                    wide = page.evaluate("document.documentElement.scrollWidth") > width
                    print(file, "WIDER THAN THE SCREEN" if wide else "", *said)


def _complaints(page: Any) -> list[str]:
    """What the browser complains of, as it comes."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def _every_page(page: Any, address: str) -> list[str]:
    """The navigation's pages, then those of the first activity of each phase."""
    found = [one.get_attribute("href") for one in page.query_selector_all("nav.places a")]
    found.append("/console/activities/new")
    phases = [one.get_attribute("href") for one in page.query_selector_all("nav.tabs a")[1:]]
    for phase in phases:
        page.goto(address + phase)
        page.goto(address + page.query_selector("table.list a").get_attribute("href"))
        found.append(page.url.removeprefix(address))
        found += [one.get_attribute("href") for one in page.query_selector_all("nav.tabs a")]
    return list(dict.fromkeys(one for one in found if one))


if __name__ == "__main__":
    main()
