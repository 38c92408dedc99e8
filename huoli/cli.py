"""The command group. Heavy libraries are imported inside the command that needs them."""

import importlib
import os
import sys
import warnings

import click

from features.errors import HuoliError

COMMANDS = {
    "run": "Make a sample company, train, and serve it.",
    "sample": "Write a simulated company's exports.",
    "import": "Read exports through a mapping into the canonical tables.",
    "features": "Compute features from the tables and put them online.",
    "train": "Fit, evaluate, log and register both models.",
    "tune": "Search for better hyperparameters; a later time decides on them.",
    "models": "List, promote and roll back models; show the promotion log.",
    "backtest": "Replay the past honestly: launch forecasts and rankings.",
    "ablate": "Show what forecasts lose without a group of features.",
    "recommend": "Show which activities suit an employee.",
    "forecast": "Show who would come to an activity.",
    "serve": "Answer over REST.",
    "keys": "Create and revoke API keys.",
    "audit": "Show who read people's data, and check that record.",
    "person": "Export, erase and look for what is held on one person.",
    "retention": "Count or drop what is older than it may be kept.",
    "backup": "Write the whole home into one archive, also while the service runs.",
    "restore": "Make a home of such an archive.",
    "doctor": "Check this installation and say what to do.",
}


class LazyGroup(click.Group):
    """A group that lists its commands from a table and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"huoli.commands.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huoli")
def huoli() -> None:
    """Which activities suit an employee, and who would come to an activity."""


def main() -> None:
    """Run the command; a known error is one message and exit code 1, never a traceback."""
    from huoli.console import fail

    # threads that wait by spinning make training many times slower beside any other work
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # but for some microseconds: trees have a great many steps, and sleep costs more than each
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # many small matrices: a second thread costs more than it brings, and one gives equal results
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    if not sys.warnoptions:
        # what libraries tell their callers; they put back filters, so that filters do not help
        warnings.showwarning = lambda *_, **__: None
    try:
        huoli()
    except HuoliError as error:
        fail(error)
