"""Report pages: whole documents that fetch nothing, escape everything and name no person."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from huoli.report.cells import gain_panels, reading
from huoli.report.page import Page, Picture, Section, Table, to_html, write_page
from serving import charts
from serving.charts import Interval
from training.paired import Gain

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Parsed(HTMLParser):
    """Every tag, every attribute and every text; that each tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def figure(name="R&D <b>"):
    return charts.dots([Interval(name, 0.5, 0.4, 0.6, 0.45), Interval("成都", 0.2, 0.1, 0.3, 0.2)],
                       "share", 0.9, names=("observed", "predicted"))  # fmt: skip


def page(**more):
    parts = [Picture(charts.to_svg(figure()), 'what "it" shows'),
             Table("caption <i>", ["name", "n"], [["<script>alert(1)</script>", "3"]])]  # fmt: skip
    sections = [Section("First", ["a < b"], parts), Section("Second")]
    given = {"title": "T & U", "subtitle": "s", "facts": [("1", "one")], "sections": sections}
    return Page(**given | more)


@pytest.fixture
def html(monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    return to_html(page())


def test_a_page_is_whole_and_nothing_in_it_is_run_or_fetched(html):
    parsed = Parsed(html)
    assert html.startswith("<!doctype html>")
    assert {"svg", "table", "h1", "title"} <= set(parsed.tags)
    assert {"script", "link", "img", "iframe", "object"} & set(parsed.tags) == set()
    addresses = [value for name, value in parsed.attributes if name.endswith(("href", "src"))]
    assert addresses
    assert all(value.startswith("#") for value in addresses)
    assert not re.search(r"url\((?!#)|@import", html)
    assert [name for name, _ in parsed.attributes if name.startswith("on")] == []


def test_every_text_is_escaped(html):
    texts = "".join(Parsed(html).texts)
    for text in ("<script>alert(1)</script>", "caption <i>", "a < b", "T & U", "R&D <b>"):
        assert text in texts


def test_what_a_link_or_a_picture_refers_to_is_there_once(html):
    parsed = Parsed(html)
    ids = [value for name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    refers = {value[1:] for name, value in parsed.attributes if name == "href"}
    refers |= set(re.findall(r"url\(#([^)]+)\)", html))
    assert refers <= set(ids)


def test_two_pictures_share_no_id_and_equal_ones_are_equal():
    one, two = charts.to_svg(figure("a")), charts.to_svg(figure("b"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0] & ids[1] == set()
    assert charts.to_svg(figure("a")) == one


def test_a_picture_keeps_its_texts_as_texts():
    assert "成都" in "".join(Parsed(charts.to_svg(figure())).texts)


def test_the_language_of_the_page_is_the_readers(monkeypatch):
    for name, code in (("en", "en"), ("zh", "zh-CN")):
        monkeypatch.setenv("HUOLI_LANG", name)
        assert f'<html lang="{code}">' in to_html(page())


def test_a_stop_leaves_the_former_page_whole(tmp_path, monkeypatch):
    path = tmp_path / "new" / "report.html"
    write_page(page(title="former"), path)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("stop")))
    with pytest.raises(OSError, match="stop"):
        write_page(page(title="later"), path)
    assert "former" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("metric", "low", "high", "expected"),
    [
        ("log_loss", -0.3, -0.1, "better"),
        ("log_loss", 0.1, 0.3, "worse"),
        ("ndcg_at_10", 0.1, 0.3, "better"),
        ("ndcg_at_10", -0.1, 0.3, "not told apart"),
        ("log_loss", np.nan, np.nan, "not told apart"),
        ("width_90", -9.0, -1.0, "neither good nor bad alone"),
    ],
)
def test_a_gain_is_read_with_its_whole_interval(metric, low, high, expected, monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    assert reading(Gain(metric, 1.0, 1.2, -0.2, low, high)) == expected


def test_in_a_picture_better_is_to_the_right(monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    gains = [Gain("log_loss", 1.0, 1.2, -0.2, -0.3, -0.1), Gain("coverage_90", 1, 1, 0, 0, 0),
             Gain("average_precision", 0.5, 0.4, 0.1, 0.05, 0.15)]  # fmt: skip
    (_, (loss,)), (_, (precision,)) = gain_panels({"base": gains})
    assert (loss.value, loss.low, loss.high) == (0.2, 0.1, 0.3)
    assert (precision.value, precision.low, precision.high) == (0.1, 0.05, 0.15)


def test_pictures_of_little_are_drawn_too():
    one = np.array([0.0])
    assert "<svg" in charts.to_svg(charts.reliability_curve(one, one, "x", "y", "z"))
    assert "<svg" in charts.to_svg(charts.histogram(np.zeros(10), 0, 0, "x", "y"))
    assert "<svg" in charts.to_svg(charts.bars_by_method([("t", [("a", np.nan), ("b", 0.0)])]))
    assert "<svg" in charts.to_svg(
        charts.panels_of_gains([("t", [Interval("a", 1, *[np.nan] * 2)])])
    )
