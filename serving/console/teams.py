"""The teams, kinds and places that forms offer: those that the company has."""

from collections import Counter
from dataclasses import dataclass

from features.language import render
from serving.board import Board
from serving.console.activity import FAMILIES, TOPICS, family_name
from serving.privacy import MIN_PEOPLE


@dataclass(frozen=True)
class Offered:
    """What can be chosen, the largest teams first."""

    functions: list[str]
    cities: list[str]
    project_groups: list[str]


def offered_teams(board: Board) -> Offered:
    """The teams of those at the company, without those too small to be told of."""
    return Offered(*(_teams(board, name) for name in ("function", "city", "project_group")))


def _teams(board: Board, name: str) -> list[str]:
    of_person = board.history.teams(name, board.as_of - 1)[board.employed]
    counted = Counter(str(one) for one in of_person.tolist())
    return [team for team, n in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
            if team and n >= MIN_PEOPLE]  # fmt: skip


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
