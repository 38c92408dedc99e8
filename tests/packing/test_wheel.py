"""What the image installs: the package without its source folder, whole, and able to work."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """Built without a network from a checkout with a company's data."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "uv", "build", "--wheel", "--offline", "--no-build-isolation",
         "--python", sys.executable, "--out-dir", folder, checkout],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


def names(wheel):
    with zipfile.ZipFile(wheel) as packed:
        return {name for name in packed.namelist() if ".dist-info/" not in name}


def test_it_holds_all_code_and_nothing_else(wheel, code):
    assert names(wheel) == code


def test_no_data_no_model_and_no_key_is_in_it(wheel, secret):
    with zipfile.ZipFile(wheel) as packed:
        assert [name for name in packed.namelist() if secret in packed.read(name)] == []


@pytest.mark.slow
def test_it_works_without_the_source_folder(wheel, tmp_path, own_home, company):
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")

    def run(*arguments, language="en"):
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=300,
            env=company.environment(own_home, language)
            | {"PYTHONPATH": str(tmp_path / "installed")},
        )  # fmt: skip

    found = run("-c", "import huoli; print(huoli.__file__)")
    assert found.stdout.startswith(str(tmp_path))
    # the database is made by migrations and messages come from catalogues: files beside the code
    made = run("-m", "huoli", "keys", "create", "--role", "admin", "--label", "x")
    assert made.returncode == 0, made.stderr
    assert "使用中" in run("-m", "huoli", "keys", "list", language="zh").stdout
    checked = run("-m", "huoli", "doctor", "--json")
    assert [one for one in json.loads(checked.stdout) if not one["ok"]] == []
