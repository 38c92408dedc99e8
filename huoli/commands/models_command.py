"""`huoli models`: list, promote and roll back models; show the promotion log."""

from collections.abc import Iterator
from typing import Any

import click

from features.language import render
from huoli.console import json_option, show


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


@command.command("promote")
@click.option("--reason", required=True, help="Why; kept in the promotion log.")
@json_option
def promote_command(reason: str, as_json: bool) -> None:
    """Make the challenger champion."""
    from training.registry.aliases import promote

    _change(promote, reason, as_json)


@command.command("rollback")
@click.option("--reason", required=True, help="Why; kept in the promotion log.")
@json_option
def rollback_command(reason: str, as_json: bool) -> None:
    """Make the pair champion that was so before this one; again, the one before that."""
    from training.registry.aliases import roll_back

    _change(roll_back, reason, as_json)


@command.command("log")
@json_option
def log_command(as_json: bool) -> None:
    """Show every change of the champion, oldest first."""
    from features.home import current_home
    from training.registry.aliases import promotion_log

    entries = promotion_log(current_home())
    show(entries, lambda: map(_told, entries), as_json)


def _change(change: Any, reason: str, as_json: bool) -> None:
    from features.home import current_home
    from features.writer import writer_lock

    home = current_home()
    with writer_lock(home, "models"):
        entry = change(home, reason)
    show(entry, lambda: [_told(entry), render("Next: restart the service to serve it.")], as_json)


def _listed(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        aliases = ", ".join(entry["aliases"])
        yield f"{entry['model']:<16}{entry['version']:<5}{entry['created_at']:<28}{aliases}"
    if not entries:
        yield render("No model yet; next: `huoli train`.")


def _told(entry: dict[str, Any]) -> str:
    versions = " ".join(f"{model}-{version}" for model, version in entry["to"].items())
    return f"{entry['at']}  {entry['action']:<9}{versions}  {entry['by']}: {entry['reason']}"
