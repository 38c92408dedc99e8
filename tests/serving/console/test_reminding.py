"""Whom to remind, where somebody is gone meanwhile."""

from types import SimpleNamespace

from serving.console import reminding


def test_who_was_erased_meanwhile_is_counted_in_no_team(reader):
    there = [f"E{n:02}" for n in range(36)]
    before, after = (reminding._teams(reader, SimpleNamespace(employee_ids=ids))
                     for ids in (there, [*there, "erased"]))  # fmt: skip
    assert before
    assert after == before
