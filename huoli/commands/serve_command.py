"""`huoli serve`: answer over REST."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.language import _, preferred_language, render
from huoli.console import say

if TYPE_CHECKING:
    from serving.desk import Desk

LOADING = _("Reading tables and models ...")
ANSWERING = _(
    "Huoli answers at {address}: the console at {address}/console, its calls described at "
    "{address}/docs."
)
AS_OF = _("Answers are as of {as_of} UTC; model {version}.")
NOT_WELL = _("Not all is well: {reason}")
EACH = _("Each worker says at {address}/readyz how it is.")
STOP = _("Ctrl-C stops it.")
STOPPED = _("Stopped.")
FILE = click.Path(path_type=Path)


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True,
              help="Where to listen; 0 takes a free port.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="The address to listen at; 0.0.0.0 for other machines to reach it.")  # fmt: skip
@click.option("--tls-certificate", type=FILE, help="PEM file of the certificate, to answer https.")
@click.option("--tls-key", type=FILE, help="PEM file of its private key, without a password.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="In how many processes; each takes as much memory as one.")  # fmt: skip
def command(
    port: int, host: str, tls_certificate: Path | None, tls_key: Path | None, workers: int
) -> None:
    """Answer over REST, in this process or in several, until it is stopped.

    A new import, new features or a new champion is taken up within seconds, while it answers.
    """
    from serving.server import serve
    from serving.tls import checked_certificate

    tls = checked_certificate(tls_certificate, tls_key)
    say(LOADING)
    serve(host, port, tell, tls, workers)
    say(STOPPED)


def tell(address: str, desk: "Desk | None") -> None:
    """Say that calls are answered, and as of when."""
    say(ANSWERING, address=address)
    if desk is None:
        say(EACH, address=address)
        click.echo(render(STOP))
        return
    for reason in desk.readiness(preferred_language()).notes:
        say(NOT_WELL, reason=reason)
    if not desk.missing:
        state = desk.state
        say(AS_OF, as_of=f"{state.as_of:%Y-%m-%d %H:%M}", version=state.version)
    click.echo(render(STOP))
