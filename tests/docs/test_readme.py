"""README.md names every command and call, and what it shows works as it stands."""

import json
import re
import shlex

import click
import pytest

from huoli.cli import COMMANDS, huoli
from serving.contract import REQUESTS
from serving.guard import ADDRESSES


def command_of(line):
    """(the click command that a line of `huoli` calls, its arguments)."""
    arguments = shlex.split(line.replace("$(mktemp -d)", "DIR"))[1:]
    command = huoli
    while isinstance(command, click.Group):
        context = click.Context(command)
        name = arguments.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"`{line}`: there is no {name}"
    return command, arguments


def test_it_begins_with_the_two_commands_that_set_everything_up(readme):
    assert re.findall(r"^make \w+", readme.blocks[0], re.M) == ["make run", "make test"]
    assert readme.text.index("make run") < 100


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_stands_in_it(readme, name):
    assert [span for span in readme.spans if re.match(rf"huoli {name}\b", span)]


@pytest.mark.parametrize("path", list(ADDRESSES))
def test_every_call_stands_in_it_with_its_method(readme, path):
    assert f"{ADDRESSES[path].method} {path}" in readme.spans


def test_every_line_in_a_block_is_a_call_that_the_command_takes(readme):
    lines = [line for line in readme.lines if line.startswith("huoli ")]
    assert len(lines) >= 4
    for line in lines:
        command, arguments = command_of(line)
        command.make_context(command.name, arguments)


def test_every_command_within_a_sentence_exists_with_its_options(readme):
    spans = [span for span in readme.spans if re.match(r"huoli \w", span)]
    assert len(spans) > len(COMMANDS)
    for span in spans:
        name = span.split()[1]
        if len(span.split()) == 2 and isinstance(huoli.get_command(None, name), click.Group):
            continue
        command, arguments = command_of(span)
        command.make_context(command.name, arguments, resilient_parsing=True)


def test_the_curl_lines_hold_what_the_contract_takes(readme):
    block = next(block for block in readme.blocks if "curl" in block)
    block = block.replace("'$DAY'", "2027-01-20").replace("\\\n", " ")
    block = block.replace("'$NOW'", "2027-01-20T08:00:00Z").replace("$DESIGN", "{design_id}")
    calls = re.findall(r"^(?:\w+=\$\()?curl .*?(?=^\w+=|^curl |\Z)", block, re.S | re.M)
    seen = set()
    for words in map(shlex.split, calls):
        url = next(word for word in words if word.startswith("http"))
        path = url.removeprefix("http://127.0.0.1:3000")
        seen.add(path)
        if "-d" in words:
            REQUESTS[path].model_validate(json.loads(words[words.index("-d") + 1].rstrip(")")))
    assert set(REQUESTS) <= seen <= set(ADDRESSES)


def test_its_port_and_key_are_those_of_the_command(readme):
    port = next(p for p in huoli.get_command(None, "run").params if p.name == "port").default
    addresses = re.findall(r"http://127\.0\.0\.1:(\d+)", readme.text)
    assert set(addresses) == {str(port)}
    assert "KEY=$(cat data/demo_key)" in readme.lines


def test_its_tasks_are_tasks_of_make(readme, repository):
    tasks = set(re.findall(r"^([a-z-]+):.*##", (repository / "Makefile").read_text(), re.M))
    named = {found[1] for span in [*readme.spans, *readme.lines]
             if (found := re.match(r"make ([a-z-]+)", span))}  # fmt: skip
    assert named <= tasks
    assert {"run", "test", "help", "bench"} <= named


def test_its_files_and_folders_are_there(readme, repository):
    folders = [span for span in readme.spans if re.fullmatch(r"[a-z_]+(/[a-z_]+)*(/|\.py)", span)]
    made = ("data/", "mlruns/")
    kept = [folder for folder in folders if not folder.startswith(made)]
    assert len(kept) > 8
    assert [folder for folder in kept if not (repository / folder).exists()] == []


def test_its_links_lead_somewhere(readme, repository):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", readme.text)
    assert links
    assert [link for link in links if not (repository / link).exists()] == []
