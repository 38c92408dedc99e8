"""`huoli doctor`: check this installation and say what to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, padded, show, waiting

if TYPE_CHECKING:
    from huoli.checks import Finding

WELL = _("All is well.")
WRONG = _("{n} of {of} checks found something wrong.")


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Check this installation: each line says what is well, what is wrong, and what to do.

    The exit code is 1 when something is wrong.
    """
    from features.home import current_home
    from huoli.checks import findings

    with waiting(render("Checking")):
        found = list(findings(current_home()))
    show([vars(one) for one in found], lambda: _lines(found), as_json)
    if not all(one.ok for one in found):
        raise SystemExit(1)


def _lines(found: "list[Finding]") -> Iterator[str]:
    for one in found:
        mark = render(_("ok")) if one.ok else render(_("WRONG"))
        yield f"{padded(mark, 7)}{padded(render(one.check), 14)}{one.found}"
        if one.advice:
            yield f"{'':21}{one.advice}"
    n_wrong = sum(not one.ok for one in found)
    yield render(WRONG, {"n": n_wrong, "of": len(found)}) if n_wrong else render(WELL)
