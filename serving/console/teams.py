"""The teams, kinds and places that forms offer: those that the company has."""

from collections.abc import Mapping

import numpy as np

from features.language import render
from serving.board import Board
from serving.console.activity import FAMILIES, TOPICS, family_name
from serving.privacy import MIN_PEOPLE

# kinds of teams that can be chosen, as audience expressions call them
KINDS = ("function", "city", "project_group")


def offered_teams(board: Board, group_names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Per kind the teams of those at the company, without those too small to be told of.

    Functions and cities the largest first, project groups by name.
    """
    return {"function": largest_teams(board, "function"), "city": largest_teams(board, "city"),
            "project_group": _groups(board, group_names)}  # fmt: skip


def largest_teams(board: Board, kind: str) -> tuple[str, ...]:
    """The functions, or the cities, that can be chosen, the largest first."""
    codes, names = board.history.people.team_codes(kind, board.as_of - 1)
    n = np.bincount(codes[board.employed & (codes >= 0)], minlength=len(names))
    order = np.argsort(-n, kind="stable")
    return tuple(str(names[code]) for code in order if n[code] >= MIN_PEOPLE)


def _groups(board: Board, group_names: Mapping[str, str]) -> tuple[str, ...]:
    people = board.history.people
    rows = people.members_at(board.as_of - 1)
    rows = rows[board.employed[people.member[rows]]]
    n = np.bincount(people.group[rows], minlength=len(people.group_ids))
    ids = [str(people.group_ids[group]) for group in np.flatnonzero(n >= MIN_PEOPLE)]
    return tuple(sorted(ids, key=lambda one: group_names.get(one, one)))


def held_topics(board: Board, more: list[str]) -> list[str]:
    """The topics held so far and `more`, those that we know first."""
    held = {str(name) for name in board.history.activities.tag_names} | set(more)
    known = [name for name in TOPICS if name in held]
    return [*known, *sorted(held - set(known))]


def held_families(board: Board, more: str, language: str) -> list[tuple[str, str]]:
    """(template, its name) of those held so far, and one more."""
    held = {str(name) for name in board.history.activities.coded["template"][1]} | {more}
    ordered = [name for name in FAMILIES if name in held]
    ordered += sorted(held - set(ordered) - {""})
    return [(name, family_name(name, language)) for name in ordered]


def options(words: dict[str, str], language: str) -> list[tuple[str, str]]:
    """(value, its name) of each."""
    return [(name, render(text, {}, language)) for name, text in words.items()]
