"""`huoli run`: make a sample company, train, and serve it."""

import json
import os
import shlex
import signal
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING

import click

from features import clock
from features.home import Home
from features.language import _
from huoli.commands.serve_command import STOPPED
from huoli.commands.serve_command import tell as tell_service
from huoli.console import say

if TYPE_CHECKING:
    from serving.desk import Desk
    from serving.state import State

STEP = _("Step {number} of {of}: {step} ...")
MADE = _("Everything is made already; nothing is trained again.")
RESUMED = _("Going on where a former run stopped.")
AGE = _(
    "The data reach until {until} UTC, {days} days ago, and answers are as of then. "
    "`huoli run --afresh` starts anew from today, `make clean` removes everything."
)
STANDS_STILL = _(
    "The clock of this service stands at {until} UTC and goes on from there, so that the sample's "
    "activities are not over; events and drafts are dated by it. HUOLI_NOW sets the clock of a "
    "command or service; `huoli run --afresh` makes a sample of today."
)
LOADING = _("Starting the service; this takes some seconds ...")
CONSOLE = _("Open {address}/console in a browser, and sign in with this key of HR staff:")
KEY = _("Demonstration key of an HR system, for the two calls below: {key}")
RECOMMENDED = _("Which activities suit an employee:")
FORECAST = _("Who would come to an activity that is only planned:")
INTERRUPTED = _("Stopped; `huoli run` goes on from here.")

# how far the clock of a sample made today may be from its data's end, which is midnight
A_DAY = timedelta(days=1)


@click.command("run")
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True,
              help="Where to listen; 0 takes a free port.")  # fmt: skip
@click.option("--employees", default=5_000, show_default=True, help="Headcount of the sample.")
@click.option("--months", default=24, show_default=True, help="Months of its history.")
@click.option("--afresh", is_flag=True, help="Delete the former sample and its models first.")
def command(port: int, employees: int, months: int, afresh: bool) -> None:
    """Make a sample company, train both models, and serve it, in one command.

    What is made already is not made again; stopped in between, the next run goes on from there.
    """
    from features.home import current_home
    from huoli.steps import start_afresh
    from serving.server import bound_socket

    home = current_home()
    signal.signal(signal.SIGTERM, _interrupt)
    bound_socket("127.0.0.1", port).close()  # a port in use is said now, not after the training
    try:
        if afresh:
            start_afresh(home)
        _make(home, employees, months)
        _serve(home, port)
    except KeyboardInterrupt:
        say(INTERRUPTED)
        raise SystemExit(130) from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Leave as on Ctrl-C, so that a running step is stopped too."""
    raise KeyboardInterrupt


def _make(home: Home, employees: int, months: int) -> None:
    from features.language import render
    from features.tables.snapshots import current_tables
    from huoli.steps import do, missing_steps, steps

    every = steps(home, employees, months)
    missing = missing_steps(home, every)
    if not missing:
        until = current_tables(home).data_until
        say(MADE)
        say(AGE, until=f"{until:%Y-%m-%d %H:%M}", days=(datetime.now(UTC) - until).days)
    elif missing[0] is not every[0]:
        say(RESUMED)
    for step in missing:
        say(STEP, number=every.index(step) + 1, of=len(every), step=render(step.says))
        do(step)


def _serve(home: Home, port: int) -> None:
    from engagement.keys import demonstration_key
    from features.tables.snapshots import current_tables
    from serving.server import serve

    say(LOADING)
    key, staff_key = demonstration_key(home), demonstration_key(home, "hr_reviewer")
    until = current_tables(home).data_until
    if datetime.now(UTC) - until > A_DAY and not os.environ.get(clock.SETTING):
        # a simulated company stands still: by today's clock its activities would soon be over
        os.environ[clock.SETTING] = until.isoformat()
        say(STANDS_STILL, until=f"{until:%Y-%m-%d %H:%M}")

    def tell(address: str, desk: "Desk | None") -> None:
        assert desk is not None  # noqa: S101 - there is one worker
        tell_service(address, desk)
        _show_calls(address, key, desk.state)
        # last, so that it is what stands on the screen
        say(CONSOLE, address=address)
        click.echo(f"  {staff_key}")

    serve("127.0.0.1", port, tell)
    say(STOPPED)


def _show_calls(address: str, key: str, state: "State") -> None:
    """Print the key and two calls that work as they stand."""
    say(KEY, key=key)
    say(RECOMMENDED)
    employee = _someone(state)
    click.echo(_curl(f"{address}/v1/recommendations", key, {"employee_id": employee, "k": 3}))
    say(FORECAST)
    click.echo(_curl(f"{address}/v1/forecasts", key, {"draft": _draft(state)}))


def _curl(url: str, key: str, body: object) -> str:
    text = shlex.quote(json.dumps(body, ensure_ascii=False))
    return (
        f"  curl -s {url} -H 'Authorization: Bearer {key}' "
        f"-H 'Content-Type: application/json' -d {text}"
    )


def _someone(state: "State") -> str:
    """The id of the first person with a personal list to show."""
    import numpy as np

    board = state.board
    open_to = board.joinable.any(axis=1)
    for mask in (board.employed & ~board.opted_out & open_to, board.employed):
        if mask.any():
            return str(board.history.people.ids[np.flatnonzero(mask)[0]])
    return ""


def _draft(state: "State") -> dict[str, str]:
    """A knowledge quiz at four in the afternoon, two weeks after the data end."""
    day = state.as_of + timedelta(days=14)
    return {
        "title": "技术与公司知识竞答",
        "template": "knowledge_quiz",
        "mode": "online",
        "starts_at": f"{day:%Y-%m-%d}T16:00:00+08:00",
    }
