"""Every message of the commands, the service and the database has a Chinese text that fits."""

import ast
import string
from pathlib import Path

import pytest

import engagement
import huoli
import serving
from features.language import chinese

SPEAKING = {"HuoliError", "InputError", "NotReadyError", "_", "render", "say", "wrong", "well",
            "next_step"}  # fmt: skip
# calls whose first text is a name, and whose second is the message
SECOND = {"wrong", "well"}


def _templates():
    for package in (huoli, serving, engagement):
        for path in sorted(Path(package.__file__).parent.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                place = 1 if name in SECOND else 0
                if name not in SPEAKING or len(node.args) <= place:
                    continue
                text = node.args[place]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    where = f"{package.__name__}.{path.stem}:{node.lineno}"
                    yield pytest.param(text.value, id=where)


def _fields(text):
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("template", list(_templates()))
def test_a_message_has_a_chinese_text_with_the_same_fields(template):
    if template in ("{problem}",):  # words of the desk, which are Chinese already
        return
    assert chinese().get(template), f"locale/zh.po lacks: {template}"
    assert _fields(chinese()[template]) == _fields(template)
