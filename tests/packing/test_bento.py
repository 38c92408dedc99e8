"""What `bentoml build` packs: the code and its requirements, nothing that a company would miss."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
import yaml

NO_NETWORK = {f"{kind}_{name}": "http://127.0.0.1:9" for kind in ("HTTP", "HTTPS", "ALL")
              for name in ("PROXY",)} | {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}  # fmt: skip
BESIDES = {"LICENSE", "pyproject.toml", "bentofile.yaml"}
PATIENCE_SECONDS = 120


def bentoml(*arguments, cwd, bentos, home):
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", *arguments], cwd=cwd, capture_output=True, text=True,
        check=False, timeout=300, env=surroundings(cwd, bentos, home),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def surroundings(cwd, bentos, home):
    return os.environ | NO_NETWORK | {
        "BENTOML_HOME": str(bentos), "HUOLI_HOME": str(home), "PYTHONPATH": str(cwd),
        "BENTOML_DO_NOT_TRACK": "True", "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def bentos(tmp_path_factory):
    return tmp_path_factory.mktemp("bentos")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("no-home") / "home"


@pytest.fixture(scope="module")
def bento(checkout, bentos, home):
    """The folder of a bento, built without a network from a checkout with a company's data."""
    told = bentoml("build", "-o", "tag", cwd=checkout, bentos=bentos, home=home)
    name, version = told.strip().removeprefix("__tag__:").split(":")
    return bentos / "bentos" / name / version


def files(bento):
    return {path.relative_to(bento).as_posix(): path for path in bento.rglob("*")
            if path.is_file()}  # fmt: skip


def test_it_is_listed(bento, bentos, checkout, home):
    listed = json.loads(bentoml("list", "-o", "json", cwd=checkout, bentos=bentos, home=home))
    assert [one["tag"] for one in listed] == [f"huoli:{bento.name}"]


def test_it_packs_all_code_and_nothing_else(bento, code):
    packed = {name.removeprefix("src/") for name in files(bento) if name.startswith("src/")}
    assert packed == code | BESIDES


def test_outside_of_the_code_are_only_descriptions_and_requirements(bento):
    beside = {name for name in files(bento) if not name.startswith("src/")}
    assert beside == {
        "README.md", "bento.yaml", "apis/openapi.yaml", "apis/schema.json",
        "env/docker/Dockerfile", "env/docker/entrypoint.sh", "env/python/requirements.in",
        "env/python/requirements.txt",
    }  # fmt: skip


def test_no_data_no_model_and_no_key_is_in_it(bento, checkout, secret):
    assert (checkout / "data" / "huoli.db").read_bytes() == secret
    assert [name for name, path in files(bento).items() if secret in path.read_bytes()] == []
    packed = {name.removeprefix("src/").split("/")[0] for name in files(bento)}
    assert not packed & {"data", "mlruns", "out", "tests", "notebooks", "benchmarks", "exports"}
    assert yaml.safe_load((bento / "bento.yaml").read_text())["models"] == []


def test_no_place_of_the_builders_machine_is_in_it(bento, checkout, bentos, home):
    places = [str(one).encode() for one in (checkout, bentos, home, sys.prefix)]
    assert [name for name, path in files(bento).items()
            if any(place in path.read_bytes() for place in places)] == []  # fmt: skip


def test_building_makes_no_home(bento, home):
    assert not home.exists()


def test_its_requirements_are_the_pinned_and_hashed_ones(bento, checkout):
    def pinned(path):
        lines = path.read_text(encoding="utf-8").splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line}, {
            line.split("--hash=")[1].split(" ")[0] for line in lines if "--hash=" in line
        }

    mine = pinned(bento / "env" / "python" / "requirements.txt")
    assert mine == pinned(checkout / "requirements-service.txt")
    # what has no hash is BentoML's own addition of itself, at the same version
    assert len(mine[1]) > len(mine[0]) > 100


@pytest.mark.slow
def test_it_serves_a_home(bento, bentos, checkout, own_home, company):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = (own_home.root / "bento.log").open("w+", encoding="utf-8")
    environment = company.environment(own_home) | surroundings(bento / "src", bentos, own_home.root)
    process = subprocess.Popen(
        [sys.executable, "-m", "bentoml", "serve", f"huoli:{bento.name}", "--port", str(port),
         "--host", "127.0.0.1"],
        cwd=bento, env=environment, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        answer = _first_answer(process, f"http://127.0.0.1:{port}/readyz")
        assert answer is not None, (own_home.root / "bento.log").read_text()
        assert answer.json()["ready"]
        assert httpx.post(f"http://127.0.0.1:{port}/v1/recommendations", json={
            "employee_id": "P003"}).status_code == 401  # fmt: skip
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        log.close()


def _first_answer(process, url):
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        try:
            answer = httpx.get(url, timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if answer.is_success:
            return answer
        time.sleep(0.2)
    return None
