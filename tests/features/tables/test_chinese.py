"""Every message that the features package raises or reports has a Chinese text, and it fits."""

import ast
import string
from pathlib import Path

import pytest

import features
from features.language import chinese, render

SPEAKING = ("InputError", "NotReadyError", "_", "render")


def _templates():
    for path in sorted(Path(features.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in SPEAKING
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield pytest.param(first.value, id=f"{path.stem}:{first.lineno}")


def _fields(text):
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("template", list(_templates()))
def test_a_message_has_a_chinese_text_with_the_same_fields(template):
    assert chinese().get(template), f"features/locale/zh.po lacks: {template}"
    assert _fields(chinese()[template]) <= _fields(template)


def test_a_message_is_rendered_in_chinese():
    values = {"file": "a.csv"}
    template = "{file} must have rows, found an empty file; export it again"
    assert render(template, values, "zh") == "a.csv 应有数据，但文件是空的；请重新导出"
