"""What lies in the repository: small files, and nothing of one machine or of a registry."""

import re

MOST_BYTES = 1_000_000
# written in parts, so that this file does not hold what it looks for
HOSTS = re.compile("|".join([
    r"\bpypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "npmjs" + r"\.com",
    "deb" + "ian\\.org", "conda" + r"\.anaconda", "crates" + r"\.io",
]))  # fmt: skip
MACHINE = re.compile(r"(?<![\w.$}~-])/(?:work|farm|root|home/\w+|Users/\w+|opt/\w+)/")


def texts(tracked, repository):
    for path in tracked:
        try:
            yield path.relative_to(repository).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def lines_with(pattern, tracked, repository):
    return [
        f"{name}:{number}"
        for name, text in texts(tracked, repository)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_is_large(tracked):
    assert len(tracked) > 100
    assert [path.name for path in tracked if path.stat().st_size > MOST_BYTES] == []


def test_no_file_names_a_registry(tracked, repository):
    assert lines_with(HOSTS, tracked, repository) == []


def test_no_file_holds_a_path_of_one_machine(tracked, repository):
    assert lines_with(MACHINE, tracked, repository) == []
    assert lines_with(re.compile(re.escape(f"{repository}/")), tracked, repository) == []


def test_the_patterns_find_what_they_are_for():
    assert MACHINE.search("see /wor" + "k/main/x")
    assert not MACHINE.search("huoli/wor" + "k/x")
    assert HOSTS.search("https://py" + "pi.org/simple")


def test_the_licence_is_the_one_the_package_states(repository):
    licence = (repository / "LICENSE").read_text()
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
    assert 'license = "Apache-2.0"' in (repository / "pyproject.toml").read_text()


def test_state_is_never_tracked(tracked, repository):
    top = {path.relative_to(repository).parts[0] for path in tracked}
    assert top & {"data", "mlruns", "out", ".venv", "build"} == set()
