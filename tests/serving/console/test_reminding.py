"""Whom to remind, where somebody is gone meanwhile."""

from types import SimpleNamespace

from serving.console import reminding


def test_who_was_erased_meanwhile_is_counted_in_no_team(desk):
    visit = SimpleNamespace(desk=desk, say=lambda text, **_: text)
    answer = SimpleNamespace(employee_ids=[f"E{n:02}" for n in range(14, 24)] + ["erased"])
    teams = reminding._teams(visit, answer)
    assert {sum(n for _name, n in groups) for _by, groups in teams} == {10}
