"""`huoli import`: exports through a mapping into the canonical tables."""

from pathlib import Path

import click

from huoli.console import json_option, next_step, progress, show


@click.command("import")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--mapping", required=True, help="A mapping's name (sample_company, meetup) or folder."
)
@click.option(
    "--allow-shrink", is_flag=True, help="Take tables that lost more than half of their rows."
)
@json_option
def command(directory: Path, mapping: str, allow_shrink: bool, as_json: bool) -> None:
    """Read the exports in DIR through a mapping into the canonical tables.

    The import commits whole or not at all. Rows that break a rule are left out and written to
    quarantine files; the report says how many, and why.
    """
    from engagement.erasures import unite_if_there
    from features.home import current_home
    from features.tables.importing import import_exports

    home = current_home()
    # who was erased does not come in again
    unite_if_there(home)
    report = import_exports(
        home, directory, mapping, allow_shrink, lambda names: progress("import", names)
    )
    following = next_step("Next: `huoli features`")
    show(report.as_json(), lambda: [*report.lines(), *following], as_json)
