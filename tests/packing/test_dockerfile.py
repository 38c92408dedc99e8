"""What the Dockerfile and .dockerignore state; read, not run: no image is built here.

The wheel's tests build and run what the image installs.
"""

import json
import re
import shlex
from pathlib import Path

import pytest

from huoli.cli import huoli
from serving.guard import ADDRESSES

FORBIDDEN = {
    "data",
    "mlruns",
    "out",
    "tests",
    "notebooks",
    "benchmarks",
    "examples",
    ".git",
    ".venv",
}


@pytest.fixture(scope="module")
def instructions():
    """(instruction, the rest), in order, continued lines joined and comments left out."""
    text = (Path(__file__).parents[2] / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def last_stage(instructions):
    """The instructions of the image itself."""
    begins = max(n for n, (name, _rest) in enumerate(instructions) if name == "FROM")
    return instructions[begins:]


@pytest.fixture(scope="module")
def ignored():
    text = (Path(__file__).parents[2] / ".dockerignore").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def rest_of(stage, name):
    return [rest for one, rest in stage if one == name]


def settings(stage):
    return dict(pair.split("=", 1) for rest in rest_of(stage, "ENV") for pair in shlex.split(rest))


def test_it_runs_as_a_user_that_is_not_root(last_stage):
    (user,) = rest_of(last_stage, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    names = [name for name, _rest in last_stage]
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


def test_every_library_is_installed_by_its_hash(instructions):
    installs = [part for rest in rest_of(instructions, "RUN") for part in rest.split("&&")
                if re.search(r"\bpip (install|sync)\b", part)]  # fmt: skip
    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-deps" in part for part in installs)
    (own,) = [part for part in installs if "--no-deps" in part]
    assert own.strip().endswith(" .")
    assert "--no-build-isolation" in own


def test_the_same_python_builds_and_runs_it(instructions, checkout):
    images = {rest.split()[0] for rest in rest_of(instructions, "FROM")}
    assert len(images) == 1
    needed = re.search(r'requires-python = ">=([\d.]+)', (checkout / "pyproject.toml").read_text())
    assert images.pop().startswith(f"python:{needed[1]}-")


def test_it_compiles_for_the_same_processors_as_make(instructions, checkout):
    (flags,) = re.findall(r"^BUILD_CFLAGS := (.*)$", (checkout / "Makefile").read_text(), re.M)
    (compiled,) = [rest for rest in rest_of(instructions, "RUN") if "CFLAGS=" in rest]
    assert f'CFLAGS="{flags}"' in compiled
    assert "LIGHTFM_NO_CFLAGS=1" in compiled


def test_nothing_is_fetched_but_by_package_managers(instructions):
    assert rest_of(instructions, "ADD") == []
    assert [
        rest for rest in rest_of(instructions, "RUN") if re.search(r"curl|wget|://", rest)
    ] == []


def test_into_the_image_comes_what_was_installed_and_no_source_folder(last_stage):
    assert rest_of(last_stage, "COPY") == ["--from=build /venv /venv"]


def test_no_secret_is_built_in(instructions, last_stage):
    assert rest_of(instructions, "ARG") == []
    named = {name for name in settings(last_stage) if re.search("KEY|URL|TOKEN|PASSWORD", name)}
    assert named == set()


def test_all_state_is_in_the_volume_in_a_folder_that_a_restore_can_replace(last_stage):
    (volume,) = rest_of(last_stage, "VOLUME")
    home = Path(settings(last_stage)["HUOLI_HOME"])
    assert home.parent == Path(volume)
    (made,) = [rest for rest in rest_of(last_stage, "RUN") if "install --directory" in rest]
    assert f"--owner=huoli --group=huoli --mode=0700 {volume}" in made
    others = [settings(last_stage)[name] for name in ("HOME", "BENTOML_HOME", "MPLCONFIGDIR")]
    assert all(folder.startswith("/tmp") for folder in others)  # noqa: S108


def test_libraries_tell_nobody_what_they_do(last_stage, checkout):
    exported = re.findall(r"^export (\w+) := (\S+)$", (checkout / "Makefile").read_text(), re.M)
    told = {name: value for name, value in exported if name != "LIGHTFM_NO_CFLAGS"}
    assert len(told) >= 5
    assert told.items() <= settings(last_stage).items()


def test_it_is_healthy_when_the_service_is_ready(last_stage):
    (check,) = rest_of(last_stage, "HEALTHCHECK")
    (port,) = rest_of(last_stage, "EXPOSE")
    command = json.loads(check.split("CMD")[1])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    assert f"http://127.0.0.1:{port}/readyz" in command[2]
    assert "/readyz" in ADDRESSES


def test_it_begins_with_a_command_that_there_is(last_stage):
    (entry,), (command,) = rest_of(last_stage, "ENTRYPOINT"), rest_of(last_stage, "CMD")
    # in this form the process hears the signals itself
    assert entry == '["huoli"]'
    name, *arguments = json.loads(command)
    context = huoli.get_command(None, name).make_context(name, arguments)
    assert context.params["host"] == "0.0.0.0"  # noqa: S104
    assert str(context.params["port"]) == rest_of(last_stage, "EXPOSE")[0]


def test_nothing_is_sent_to_the_builder_but_what_is_named(ignored, code):
    assert ignored[0] == "*"
    sent = [line for line in ignored if line.startswith("!")]
    assert {line[1:].rstrip("/") for line in sent} == {name.split("/")[0] for name in code} | {
        "LICENSE", "README.md", "pyproject.toml", "requirements-build.txt",
        "requirements-service.txt",
    }  # fmt: skip
    assert not {line[1:].split("/")[0] for line in sent} & FORBIDDEN
    # what follows takes away again, from within the packages too
    after = ignored[ignored.index(sent[-1]) + 1 :]
    assert {"**/__pycache__/", "**/.*", "**/*.db", "**/*.key", "**/*.parquet", "**/*.pem"} <= set(
        after
    )


def test_no_file_of_the_code_is_taken_away_by_it(ignored, code):
    taken = [line.removeprefix("**/") for line in ignored if line.startswith("**/")]
    hidden = {part for name in code for part in name.split("/") for pattern in taken
              if Path(part).match(pattern.rstrip("/"))}  # fmt: skip
    assert hidden == set()


def test_requirements_of_the_service_are_those_tested_without_the_tools(checkout):
    def pinned(name):
        lines = (checkout / name).read_text(encoding="utf-8").splitlines()
        return {line.split(" ")[0] for line in lines if re.match(r"[\w.\[\]-]+==", line)}

    service, all_of_them = pinned("requirements-service.txt"), pinned("requirements.txt")
    assert service < all_of_them
    left_out = {line.split("==")[0] for line in all_of_them - service}
    assert {"pytest", "ruff", "hypothesis", "jupytext"} <= left_out
