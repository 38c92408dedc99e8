"""One writer at a time, by a lock that names its holder and dies with it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import InputError
from features.home import Home
from features.writer import writer_lock

HOLD = """
import sys
from pathlib import Path
from features.home import Home
from features.writer import writer_lock
with writer_lock(Home(Path(sys.argv[1])), "train"):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(home):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path):
    home = Home(tmp_path)
    with _holder(home) as holder:
        message = rf"process {holder.pid} runs `train` since 20\d\d-"
        with pytest.raises(InputError, match=message), writer_lock(home, "import"):
            pass
        holder.stdin.close()
    with writer_lock(home, "import"):
        assert "import" in home.lock.read_text(encoding="utf-8")
    assert home.lock.read_text(encoding="utf-8") == ""


def test_a_killed_writer_frees_the_lock(tmp_path):
    home = Home(tmp_path)
    with _holder(home) as holder:
        holder.send_signal(signal.SIGKILL)
    with writer_lock(home, "import"):
        assert "import" in home.lock.read_text(encoding="utf-8")


def test_an_import_waits_for_no_other_writer(company):
    with writer_lock(company.home, "features"), pytest.raises(InputError, match="`features`"):
        company.imported()
    assert company.imported().tables["employees"].kept == 3
