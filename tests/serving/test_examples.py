"""The example HR system lives through its day against a real service."""

import subprocess
import sys


def test_the_example_hr_system_runs_a_day_of_events(started, own_home, company):
    with started(own_home) as service:
        token = service.client.headers["Authorization"].split()[1]
        done = subprocess.run(
            [sys.executable, "examples/hr_system.py", "--address",
             f"http://127.0.0.1:{service.port}", "--key", token, "--people", "60"],
            cwd=company.REPOSITORY, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr + service.said()
        assert done.stdout.rstrip().endswith("done")
        assert "stage open" in done.stdout
        kept = service.database.read("SELECT count(*) AS n FROM events")[0]["n"]
        assert f"{kept} events kept, {kept} seen to be sent twice, 0 refused" in done.stdout
