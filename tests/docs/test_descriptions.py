"""Every feature says what it is, and so do every command and every option."""

import click
import pytest

from features.employee_features import EMPLOYEE_FEATURES
from features.employee_features.catalogue import FAMILIES
from huoli.cli import COMMANDS, huoli


def commands(command, name):
    yield name, command
    if isinstance(command, click.Group):
        for one in command.list_commands(None):
            yield from commands(command.get_command(None, one), f"{name} {one}")


ALL = dict(commands(huoli, "huoli"))


def test_every_feature_of_employees_has_a_description_of_its_own():
    described = {name: feature.description for family in FAMILIES.values()
                 for name, feature in family.items()}  # fmt: skip
    assert set(described) == set(EMPLOYEE_FEATURES)
    assert [name for name, text in described.items() if len(text) < 10] == []
    assert len(set(described.values())) == len(described)


def test_every_command_is_found():
    assert {f"huoli {name}" for name in COMMANDS} <= set(ALL)


@pytest.mark.parametrize("name", list(ALL))
def test_a_command_says_what_it_does_in_a_sentence(name):
    assert ALL[name].help
    assert ALL[name].help.strip().splitlines()[0].endswith((".", ":", ","))


@pytest.mark.parametrize("name", list(ALL))
def test_every_option_says_what_it_is(name):
    options = [p for p in ALL[name].params if isinstance(p, click.Option)]
    assert [option.opts[0] for option in options if not option.help] == []
