"""How commands speak: a result as text or as JSON, a progress bar, one clear error."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import click

from features.errors import HuoliError
from features.language import render

T = TypeVar("T")
# set for the steps of `huoli run`, which itself knows what comes next
STEP_OF_RUN = "HUOLI_STEP_OF_RUN"
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def say(template: str, **values: object) -> None:
    """Print one message in the reader's language."""
    click.echo(render(template, values))


def next_step(template: str, **values: object) -> list[str]:
    """The line that says what to do next; none where `huoli run` goes on by itself."""
    return [] if os.environ.get(STEP_OF_RUN) else [render(template, values)]


def show(result: object, text: Callable[[], Iterable[str]], as_json: bool) -> None:
    """Print a result: as one JSON document, or as the lines that `text` makes of it."""
    if as_json:
        # JSON knows no NaN: what is not defined is null
        plain = json.loads(json.dumps(result, default=str), parse_constant=lambda _: None)
        click.echo(json.dumps(plain, ensure_ascii=False))
        return
    for line in text():
        click.echo(line)


def fail(error: HuoliError) -> NoReturn:
    """Print the error and leave with exit code 1; as JSON where that was asked for."""
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False), err=True)
    else:
        click.echo(f"{render('Error')}: {error}", err=True)
    raise SystemExit(1)


def progress(label: str, items: Iterable[T], total: int | None = None) -> Iterator[T]:
    """Yield the items behind a progress bar on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(
        items, description=label, total=total, console=console, disable=not console.is_terminal
    )


@contextmanager
def progress_to_one(label: str, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error that is told the share done; silent without a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda share: bar.update(task, completed=min(share, 1.0))


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Show on standard error that something is under way; silent where that is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(label):
        yield


def padded(text: str, width: int) -> str:
    """The text filled up or cut to so many columns; a Chinese character takes two.

    >>> padded("成都", 6), padded("abcdefg", 3)
    ('成都  ', 'abc')
    """
    from rich.cells import set_cell_size

    return set_cell_size(text, width)
