"""A pair is loaded only from the very files that were registered, and whole or not at all."""

import sqlite3
from contextlib import closing

import pytest

from features.errors import NotReadyError
from features.home import Home
from training.registry.artefacts import files_digest
from training.registry.loading import load_models
from training.registry.registering import register


@pytest.fixture(scope="module")
def home(fitted, tmp_path_factory):
    """A home with one registered pair; each test leaves it as it was."""
    folder = tmp_path_factory.mktemp("artefacts")
    (folder / "pictures").mkdir()
    found = Home(folder / "home")
    sample = fitted.launch.rows.features.head(20)
    register(found, fitted.models, {}, {}, sample, folder / "pictures")
    return found


def file_of(home, name):
    return next(home.mlruns.glob(f"artifacts/models/**/{name}"))


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1])


def change_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def rename(path):
    path.rename(path.with_name("other"))


@pytest.mark.parametrize("fault", [cut_short, change_a_byte, rename])
@pytest.mark.parametrize(
    ("name", "model"),
    [("headcounts.npz", "participation"), ("affinity.npz", "recommendation"),
     ("MLmodel", "participation|recommendation")],
)  # fmt: skip
def test_a_file_that_is_not_as_registered_is_refused_by_name(home, fault, name, model, monkeypatch):
    def never(*_):
        raise AssertionError("a file was read before all were verified")

    path = file_of(home, name)
    kept = path.read_bytes()
    for reads in ("load_stages", "load_headcounts", "load_affinity", "load_usual"):
        monkeypatch.setattr(f"training.registry.loading.{reads}", never)
    fault(path)
    try:
        with pytest.raises(NotReadyError, match=rf"model ({model}) version 1: ") as caught:
            load_models(home)
    finally:
        path.with_name("other").unlink(missing_ok=True)
        path.write_bytes(kept)
    assert "huoli models rollback" in caught.value.in_language("en")
    assert "huoli train" in caught.value.in_language("zh")


def test_an_added_file_is_refused_and_what_mlflow_itself_adds_is_not(home):
    beside = file_of(home, "MLmodel").with_name("registered_model_meta")
    beside.write_text("model_name: huoli-participation")
    assert load_models(home).verified
    added = file_of(home, "usual.json").with_name("more.json")
    added.write_text("{}")
    with pytest.raises(NotReadyError, match="must be those that were registered"):
        load_models(home)
    added.unlink()
    beside.unlink()


def test_a_link_is_refused_even_to_equal_content(home, tmp_path):
    path = file_of(home, "usual.json")
    path.rename(tmp_path / "usual.json")
    path.symlink_to(tmp_path / "usual.json")
    with pytest.raises(NotReadyError, match="cannot be read: UnsafePathError"):
        load_models(home)
    path.unlink()
    (tmp_path / "usual.json").rename(path)


def registry(home):
    return closing(sqlite3.connect(home.mlruns / "mlflow.db"))


def test_files_outside_of_the_home_are_refused(home, tmp_path):
    with registry(home) as plain:
        kept = plain.execute("SELECT storage_location, name FROM model_versions").fetchall()
        plain.execute("UPDATE model_versions SET storage_location = ?", (str(tmp_path),))
        plain.commit()
        with pytest.raises(NotReadyError, match="must stand in this home's mlruns"):
            load_models(home)
        plain.executemany("UPDATE model_versions SET storage_location = ? WHERE name = ?", kept)
        plain.commit()


def test_a_pair_from_before_there_were_digests_is_loaded_but_not_called_verified(home):
    with registry(home) as plain:
        kept = plain.execute("SELECT * FROM model_version_tags").fetchall()
        plain.execute("DELETE FROM model_version_tags")
        plain.commit()
        assert not load_models(home).verified
        marks = ", ".join("?" for _ in kept[0])
        plain.executemany(f"INSERT INTO model_version_tags VALUES ({marks})", kept)  # noqa: S608
        plain.commit()
    assert load_models(home).verified


def test_a_digest_tells_content_size_and_path_apart(tmp_path):
    def digest(**files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content)
        return files_digest(folder)

    assert digest(a="x", b="y") == digest(b="y", a="x")
    others = [digest(a="x", b="y"), digest(a="y", b="x"), digest(c="x", b="y"), digest(a="x"),
              digest(a="xb", b=""), digest(ab="xy")]  # fmt: skip
    assert len(set(others)) == len(others)
