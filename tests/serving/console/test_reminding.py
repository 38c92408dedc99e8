"""Whom to remind, where somebody is gone meanwhile."""

from types import SimpleNamespace

from serving.console import reminding


def test_who_was_erased_meanwhile_is_counted_in_no_team(desk):
    visit = SimpleNamespace(desk=desk, language="en", say=lambda text, **_: text)
    there = [f"E{n:02}" for n in range(36)]
    before, after = (reminding._teams(visit, SimpleNamespace(employee_ids=ids))
                     for ids in (there, [*there, "erased"]))  # fmt: skip
    assert before
    assert after == before
