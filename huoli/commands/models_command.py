"""`huoli models`: list, promote and roll back models; show the promotion log."""

from collections.abc import Iterator
from typing import Any

import click

from features.language import _, render
from huoli.console import json_option, show

TAKEN_UP = _("A service that is running takes it up within seconds; `/readyz` names its models.")
# of all figures in the log, those that a reader is shown
HEADLINES = ("launch.log_loss", "counts.pinball", "ranking.ndcg_at_10")


@click.group("models")
def command() -> None:
    """List, promote and roll back models; show the promotion log."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List every registered version with its aliases."""
    from features.home import current_home
    from training.registry.aliases import model_list

    entries = model_list(current_home())
    show(entries, lambda: _listed(entries), as_json)


by_option = click.option(
    "--by", metavar="NAME", help="Who decided; default: the user of this computer."
)
reason_option = click.option(
    "--reason", "--why", required=True, help="Why; kept in the promotion log."
)


@command.command("promote")
@reason_option
@by_option
@json_option
def promote_command(reason: str, by: str | None, as_json: bool) -> None:
    """Make the challenger champion, once it has been loaded from files found unchanged."""
    from training.registry.changing import promote_checked

    _change(lambda home: promote_checked(home, reason, by), as_json)


@command.command("rollback")
@reason_option
@by_option
@json_option
def rollback_command(reason: str, by: str | None, as_json: bool) -> None:
    """Make the pair champion that was so before this one; again, the one before that.

    It is loaded first, from files found unchanged.
    """
    from training.registry.changing import roll_back_checked

    _change(lambda home: roll_back_checked(home, reason, by), as_json)


@command.command("log")
@json_option
def log_command(as_json: bool) -> None:
    """Show every change of the champion, oldest first, and check that none was altered later."""
    from features.home import current_home
    from training.registry.promotions import check_log, promotion_log

    home = current_home()
    entries = promotion_log(home)
    show(entries, lambda: (line for entry in entries for line in _told(entry)), as_json)
    check_log(home)


def _change(change: Any, as_json: bool) -> None:
    from features.home import current_home

    entry = change(current_home())
    show(entry, lambda: [*_told(entry), render(TAKEN_UP)], as_json)


def _listed(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        aliases = ", ".join(entry["aliases"])
        yield f"{entry['model']:<16}{entry['version']:<5}{entry['created_at']:<28}{aliases}"
    if not entries:
        yield render("No model yet; next: `huoli train`.")


def _told(entry: dict[str, Any]) -> Iterator[str]:
    versions = " ".join(f"{model}-{version}" for model, version in entry["to"].items())
    yield f"{entry['at']}  {entry['action']:<9}{versions}  {entry['by']}: {entry['reason']}"
    figures = entry.get("metrics", {})
    for name in HEADLINES:
        values = [figures.get(side, {}).get(name) for side in ("from", "to")]
        if values[1] is not None:
            yield f"    {name:<20}{' -> '.join(f'{one:.4f}' for one in values if one is not None)}"
