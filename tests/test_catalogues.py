"""Every message of every package has a Chinese text of its own that fits; none is left over."""

import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2.ext import extract_from_ast

from features.language import PACKAGES, render

REPOSITORY = Path(__file__).parents[1]
# the function that takes a message, and which of its arguments are messages
SPEAKING = {
    "_": (0,), "render": (0,), "say": (0,), "next_step": (0,), "HuoliError": (0,),
    "InputError": (0,), "NotReadyError": (0,), "well": (1,), "wrong": (1, 2), "noted": (1, 2),
}  # fmt: skip
# words that are in the reader's language already
PASSED_ON = {"{problem}"}


def messages(package: str) -> dict[str, str]:
    """Each message of the package, and where it stands."""
    found = {}
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for text in _texts(node):
                found[text] = f"{path.relative_to(REPOSITORY)}:{node.lineno}"
    for path in sorted((REPOSITORY / package).rglob("templates/*.html")):
        tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for line, _function, text in extract_from_ast(tree, gettext_functions=("_",)):
            # with its values, where it has some
            message = text[0] if isinstance(text, tuple) else text
            if message is not None:
                found[message] = f"{path.relative_to(REPOSITORY)}:{line}"
    return {text: where for text, where in found.items() if text not in PASSED_ON}


def _texts(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    for place in SPEAKING.get(name, ()):
        if place < len(node.args) and isinstance(node.args[place], ast.Constant):
            yield node.args[place].value


def catalogue(package: str) -> dict[str, str]:
    """The package's Chinese by English."""
    path = REPOSITORY / package / "locale" / "zh.po"
    with path.open("rb") as lines:
        entries = read_po(lines, locale="zh", abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id}


def fields(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_message_stands_in_the_packages_catalogue(package):
    found = messages(package)
    assert found, "the extraction finds nothing"
    chinese = {text: zh for name in PACKAGES for text, zh in catalogue(name).items()}
    missing = {text: where for text, where in found.items() if not chinese.get(text, "").strip()}
    assert missing == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_have_the_same_fields(package):
    texts = catalogue(package)
    differing = {text: zh for text, zh in texts.items() if fields(text) != fields(zh)}
    assert differing == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_left_untranslated(package):
    latin = {text for text, zh in catalogue(package).items() if zh.isascii() and " " in text}
    assert latin == set()


def test_no_message_of_a_catalogue_has_left_the_code():
    said = {text for package in PACKAGES for text in messages(package)}
    left_over = {text for package in PACKAGES for text in catalogue(package)} - said
    assert left_over == set()


def test_one_english_text_has_one_chinese():
    chinese = defaultdict(set)
    for package in PACKAGES:
        for text, zh in catalogue(package).items():
            chinese[text].add(zh)
    assert {text: found for text, found in chinese.items() if len(found) > 1} == {}


def test_an_error_is_told_in_both_languages():
    template, values = "no model is {alias}; run `huoli train` first", {"alias": "champion"}
    assert render(template, values, "en").startswith("no model is champion")
    assert render(template, values, "zh").startswith("没有别名为 champion 的模型")
