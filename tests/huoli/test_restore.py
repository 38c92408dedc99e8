"""A restore trusts nothing in an archive, and makes a whole home or none."""

import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile

import pytest

from features.home import Home
from huoli.keeping.archive import read_archive
from huoli.keeping.backing_up import back_up
from huoli.keeping.restoring import restore

HUNG = """
import sys, time
from pathlib import Path
import huoli.keeping.restoring as restoring
from features.home import Home
def wait(home, erased_from):
    print("staged", flush=True)
    time.sleep(600)
restoring.after_restore = wait
restoring.restore(Path(sys.argv[1]), Home(Path(sys.argv[2])), lambda share: None)
"""


def unheard(_share):
    pass


@pytest.fixture(scope="module")
def archive(trained_home, tmp_path_factory):
    """A backup of the company; tests change copies of it."""
    file = tmp_path_factory.mktemp("backup") / "b.tar.gz"
    return back_up(trained_home, file, False, unheard).file


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "new" / "home")


def members(archive):
    with tarfile.open(archive) as tar:
        return [(one, tar.extractfile(one).read()) for one in tar]


def written(path, found):
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for member, content in found:
            tar.addfile(member, io.BytesIO(content))
    return path


def of_kind(kind, name, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def tampered(found):
    place = next(n for n, (one, _) in enumerate(found) if one.name.endswith("online.db"))
    member, content = found[place]
    changed = bytearray(content)
    changed[5000] ^= 1
    return [*found[:place], (member, bytes(changed)), *found[place + 1 :]]


def other_rights(found):
    found[0][0].mode = 0o666
    return found


def with_first(member):
    return lambda found: [(member, b""), *found]


CHANGES = {
    "tampered byte": (tampered, "online.db differs from what its manifest says"),
    "other rights": (other_rights, "differs from what its manifest says"),
    "a file less": (lambda found: found[1:], "other files than its manifest names"),
    "a file more": (with_first(tarfile.TarInfo("home/data/more")), "other files than its manifest"),
    "a file twice": (lambda found: [found[0], *found], "a file is in it twice"),
    "no manifest": (lambda found: found[:-1], "its end is missing"),
    "after the manifest": (lambda found: [*found, (tarfile.TarInfo("home/x"), b"")],
                           "something follows its end"),
    "two manifests": (lambda found: [*found, found[-1]], "something follows its end"),
    "outside": (with_first(tarfile.TarInfo("home/../outside")), "leads elsewhere"),
    "absolute": (with_first(tarfile.TarInfo("/home/outside")), "leads elsewhere"),
    "beside": (with_first(tarfile.TarInfo("outside")), "leads elsewhere"),
    "symbolic link": (with_first(of_kind(tarfile.SYMTYPE, "home/data", "/tmp")),  # noqa: S108
                      "plain files alone"),
    "hard link": (with_first(of_kind(tarfile.LNKTYPE, "home/x", "/etc/hostname")),
                  "plain files alone"),
    "device": (with_first(of_kind(tarfile.CHRTYPE, "home/null")), "plain files alone"),
    "pipe": (with_first(of_kind(tarfile.FIFOTYPE, "home/pipe")), "plain files alone"),
    "folder": (with_first(of_kind(tarfile.DIRTYPE, "home/folder")), "plain files alone"),
    "file as folder": (with_first(tarfile.TarInfo("home/data")), "could not be made"),
}  # fmt: skip


def refused(path, home, told):
    with pytest.raises(Exception, match=told) as raised:
        restore(path, home, unheard)
    assert type(raised.value).__name__ == "InputError"
    assert not home.root.exists()
    assert list(home.root.parent.iterdir()) == []


@pytest.mark.parametrize("change", list(CHANGES))
def test_an_archive_that_is_not_as_it_was_written_is_refused(change, archive, home, tmp_path):
    alter, told = CHANGES[change]
    refused(written(tmp_path / "changed.tar.gz", alter(members(archive))), home, told)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.999999])
def test_an_archive_cut_short_is_refused(share, archive, home, tmp_path):
    content = archive.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(content[: min(int(len(content) * share), len(content) - 1)])
    refused(cut, home, "must be as `huoli backup` wrote it")


def test_a_tar_cut_short_before_it_was_compressed_is_refused(archive, home, tmp_path):
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(gzip.compress(gzip.decompress(archive.read_bytes())[:-30_000], 1))
    refused(cut, home, "must be as `huoli backup` wrote it")


@pytest.mark.parametrize("n", range(8))
def test_any_changed_byte_of_the_file_is_noticed(n, archive, home, tmp_path):
    content = bytearray(archive.read_bytes())
    # the first ten bytes are a header, of which some mean nothing
    content[10 + (len(content) - 11) * n // 7] ^= 0x10
    changed = tmp_path / "changed.tar.gz"
    changed.write_bytes(bytes(content))
    refused(changed, home, "must")


@pytest.mark.parametrize("behind", [b"x", gzip.compress(b"more")], ids=["a byte", "another file"])
def test_what_follows_the_end_is_refused(behind, archive, home, tmp_path):
    longer = tmp_path / "longer.tar.gz"
    longer.write_bytes(archive.read_bytes() + behind)
    refused(longer, home, "must be as `huoli backup` wrote it")


def test_another_format_is_refused_with_what_to_do(archive, home, tmp_path):
    found = members(archive)
    member, content = found[-1]
    newer = content.replace(b'"format": 1', b'"format": 9')
    path = written(tmp_path / "newer.tar.gz", [*found[:-1], (member, newer)])
    refused(path, home, "manifest that this version reads")


def test_a_file_that_is_no_archive_or_is_not_there_is_refused(company, home, tmp_path):
    text = tmp_path / "text"
    text.write_text("no archive")
    done = company.run_huoli(home, "restore", text)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "text must be as `huoli backup` wrote it" in done.stderr
    done = company.run_huoli(home, "restore", tmp_path / "nothing", language="zh")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "必须是可读取的文件" in done.stderr
    assert not home.root.exists()


def test_a_home_that_is_not_empty_stays_as_it_is(archive, home, company):
    home.root.mkdir(parents=True)
    (home.root / "mine").write_text("kept")
    done = company.run_huoli(home, "restore", archive)
    assert done.returncode == 1
    assert "must not be there yet, or be an empty folder" in done.stderr
    assert [path.name for path in home.root.parent.rglob("*")] == ["home", "mine"]


def test_an_empty_folder_becomes_the_home(archive, home):
    home.root.mkdir(parents=True)
    assert restore(archive, home, unheard).home.tables.is_dir()


def test_a_database_of_a_newer_version_is_refused(own_home, home, tmp_path):
    from contextlib import closing

    from engagement.database import open_database

    with closing(open_database(own_home)) as database:
        database.write("UPDATE alembic_version SET version_num = '9999'", [{}])
    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    with pytest.raises(Exception, match="written by a newer version"):
        restore(done.file, home, unheard)
    assert list(home.root.parent.iterdir()) == []


def test_what_stops_it_before_the_end_leaves_no_home(archive, home, monkeypatch):
    seen = []

    def stopped(staged, _erased_from):
        seen.extend((staged.root.parent == home.root.parent, staged.database.parent.is_dir()))
        raise KeyboardInterrupt

    monkeypatch.setattr("huoli.keeping.restoring.after_restore", stopped)
    with pytest.raises(KeyboardInterrupt):
        restore(archive, home, unheard)
    assert seen == [True, True]
    assert list(home.root.parent.iterdir()) == []


def test_a_restore_that_was_killed_leaves_no_home_and_the_next_one_clears_up(
    archive, home, company, tmp_path
):
    other = Home(tmp_path / "other" / "home")
    with subprocess.Popen(
        [sys.executable, "-c", HUNG, archive, home.root], cwd=company.REPOSITORY,
        env=company.environment(home), stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout.readline() == "staged\n"
            assert not home.root.exists()
            # meanwhile nobody else fills the same place, and another place is nobody's concern
            with pytest.raises(Exception, match="another restore fills"):
                restore(archive, home, unheard)
            restore(archive, other, unheard)
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert not home.root.exists()
    assert [path.name for path in home.root.parent.iterdir()] == [".home.restoring"]
    restore(archive, home, unheard)
    assert [path.name for path in home.root.parent.iterdir()] == ["home"]


def test_the_staged_home_can_be_used_before_it_has_its_name(archive, home, monkeypatch):
    from training.registry.loading import load_models

    versions = []

    def looked_at(staged, _erased_from):
        versions.append(load_models(staged).version)

    monkeypatch.setattr("huoli.keeping.restoring.after_restore", looked_at)
    restore(archive, home, unheard)
    assert versions == [load_models(home).version]


def test_reading_alone_finds_it_whole(archive):
    manifest = read_archive(archive, None, unheard)
    assert manifest.n_bytes > 100_000
    assert manifest.files[0].sha256
