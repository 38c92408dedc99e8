"""Each look at the final year is on record, before it is taken and whatever comes of it."""

import json
import subprocess

import pytest


@pytest.fixture
def final_uses(benchmark_code):
    return benchmark_code("final_uses")


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        who = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "code.py").write_text("1")
    (tmp_path / "log.tsv").write_text("utc\tcommit\tuncommitted\twhy\tfigures\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    return tmp_path


def lines(log):
    return [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]


def test_a_use_stands_before_its_figures_do(final_uses, repository):
    log = repository / "log.tsv"
    use = final_uses.note_use("to see\tall\n", log, repository)
    assert lines(log)[1][2:] == ["no", "to see all", ""]
    use.add({"real": {"met": True}})
    assert json.loads(lines(log)[1][4]) == {"real": {"met": True}}


def test_uses_follow_each_other_and_keep_their_own_figures(final_uses, repository):
    log = repository / "log.tsv"
    first, second = (final_uses.note_use(why, log, repository) for why in ("a", "b"))
    second.add({"n": 2})
    first.add({"n": 1})
    assert [line[3:] for line in lines(log)[1:]] == [["a", '{"n": 1}'], ["b", '{"n": 2}']]


def test_a_log_that_is_gone_begins_anew(final_uses, repository):
    log = repository / "other.tsv"
    final_uses.note_use("", log, repository)
    assert lines(log)[0] == list(final_uses.COLUMNS)
    assert len(lines(log)) == 2


def test_changed_code_is_said_to_be_changed_but_the_log_alone_is_not(final_uses, repository):
    log = repository / "log.tsv"
    final_uses.note_use("", log, repository)
    final_uses.note_use("", log, repository)
    (repository / "code.py").write_text("2")
    final_uses.note_use("", log, repository)
    found = lines(log)[1:]
    assert [line[2] for line in found] == ["no", "no", "yes"]
    assert {len(line[1]) for line in found} == {40}


def test_outside_of_git_the_commit_is_unknown(final_uses, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert final_uses.code_state(tmp_path / "log.tsv", tmp_path) == ("unknown", "unknown")


def test_the_log_of_this_repository_has_the_columns(final_uses):
    assert lines(final_uses.LOG)[0] == list(final_uses.COLUMNS)
