"""The log of promotions: each line is bound to the one before it, and any change shows."""

import json

import pytest

from features.errors import InputError
from features.home import Home
from training.registry.promotions import append_promotion, check_log, log_path, promotion_log


def add(home, number, **more):
    return append_promotion(
        home, "promote", {"participation": str(number - 1)}, {"participation": str(number)},
        f"try {number}", {"from": {"counts.pinball": 2.0}, "to": {"counts.pinball": 1.5}}, **more,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path):
    """A home with four promotions on record."""
    found = Home(tmp_path)
    found.mlruns.mkdir()
    for number in range(1, 5):
        add(found, number)
    return found


def lines(home):
    return log_path(home).read_bytes().splitlines(keepends=True)


def test_an_entry_says_who_when_why_what_and_by_which_figures(home):
    entry = add(home, 5, by="李雷")
    assert promotion_log(home)[-1] == entry
    assert (entry["by"], entry["reason"]) == ("李雷", "try 5")
    assert entry["metrics"]["to"]["counts.pinball"] < entry["metrics"]["from"]["counts.pinball"]
    assert promotion_log(home)[0]["by"]
    check_log(home)


def edit(found):
    found[1] = found[1].replace(b"try 2", b"try 9")


def edit_the_last(found):
    found[3] = found[3].replace(b"try 4", b"try 9")


def remove(found):
    del found[1]


def remove_the_first(found):
    del found[0]


def repeat(found):
    found.insert(2, found[1])


def swap(found):
    found[1], found[2] = found[2], found[1]


def spoil(found):
    found[2] = b"{}\n"


def strip_its_hash(found):
    entry = json.loads(found[2])
    del entry["hash"]
    found[2] = json.dumps(entry).encode() + b"\n"


@pytest.mark.parametrize(
    ("fault", "line"),
    [(edit, 2), (edit_the_last, 4), (remove, 2), (remove_the_first, 1), (repeat, 3), (swap, 2),
     (spoil, 3), (strip_its_hash, 3)],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_a_line_changed_later_is_named(home, fault, line):
    check_log(home)
    found = lines(home)
    fault(found)
    log_path(home).write_bytes(b"".join(found))
    with pytest.raises(InputError, match=rf"promotions.jsonl line {line} must follow"):
        check_log(home)


def test_a_line_that_a_stop_cut_short_is_no_change_and_the_next_takes_its_place(home):
    whole = lines(home)
    log_path(home).write_bytes(b"".join(whole) + whole[-1][:40])
    assert len(promotion_log(home)) == 4
    check_log(home)
    add(home, 5)
    assert lines(home)[:4] == whole
    assert len(promotion_log(home)) == 5
    check_log(home)


def test_lines_from_before_there_were_hashes_are_kept_and_the_last_is_bound(tmp_path):
    home = Home(tmp_path)
    home.mlruns.mkdir()
    old = {"at": "2026-01-01", "action": "first", "from": {}, "to": {"participation": "1"},
           "reason": "the first trained pair", "by": "someone"}  # fmt: skip
    log_path(home).write_text(json.dumps(old) + "\n")
    add(home, 2)
    check_log(home)
    log_path(home).write_bytes(log_path(home).read_bytes().replace(b"someone", b"nobody"))
    with pytest.raises(InputError, match="line 2 must follow"):
        check_log(home)


def test_no_log_is_an_empty_one(tmp_path):
    assert promotion_log(Home(tmp_path)) == []
    check_log(Home(tmp_path))
