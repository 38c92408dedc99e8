"""A checkout as somebody would build from it: git's files, and beside them what was never git's."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# what runs: the packages that pyproject.toml names
PACKAGES = ("engagement", "feature_repo", "features", "huoli", "sample_company", "serving",
            "training")  # fmt: skip
SECRET = b"planted-secret-of-a-company"
PLANTED = (
    "data/huoli.db", "data/demo_key", "data/erasure_key", "data/tables/t/employees.parquet",
    "mlruns/mlflow.db", "mlruns/artifacts/affinity.npz", "out/report.html", "exports/people.csv",
    ".env", "serving/.env", "serving/key.pem", "serving/tls.key", "serve.log", "huoli/serve.log",
    "features/employees.parquet", "engagement/huoli.db", "training/model.npz",
    "features/__pycache__/x.cpython-311.pyc", "backup.tar.gz",
)  # fmt: skip


@pytest.fixture(scope="session")
def tracked() -> list[str]:
    """The names of the files that git knows, with `/` between folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.split("\0") if (REPOSITORY / name).is_file() and name]


@pytest.fixture(scope="session")
def code(tracked: list[str]) -> set[str]:
    """The files of the packages."""
    return {name for name in tracked if name.startswith(tuple(f"{one}/" for one in PACKAGES))}


@pytest.fixture(scope="session")
def checkout(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which data, models and keys lie about."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in tracked:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, folder / name)
    for name in PLANTED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(SECRET)
    return folder


@pytest.fixture(scope="session")
def secret() -> bytes:
    """What is in each planted file."""
    return SECRET
