"""`huoli ablate`: what each group of features earns."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, padded, show
from huoli.loading import Days, employee_features, ensure_days, load_history, parse_day, tracked

if TYPE_CHECKING:
    from training.ablation import Ablation

HEAD = _("Launch forecasts of activities not seen before; log-loss, and its rise without a group:")
WHOLE = _("everything")
WITHOUT = _("without {group}")
READ = _("A rise above 0 with its whole interval: the group earns its place here.")
NAMES = {
    "theme": _("theme"), "time": _("time"), "place": _("place"), "reward": _("reward"),
    "notice": _("notice"), "workload": _("workload"), "colleagues": _("colleagues"),
    "habit": _("habit"), "affinity": _("LightFM's affinity"),
}  # fmt: skip


@click.command("ablate")
@click.option("--from", "start", callback=parse_day, required=True, help="First day.")
@click.option("--to", "end", callback=parse_day, required=True, help="Day after the last.")
@click.option("--lead-days", type=Days(), default=14, show_default=True,
              help="Days between forecast and start.")  # fmt: skip
@json_option
def command(start: datetime, end: datetime, lead_days: float, as_json: bool) -> None:
    """Show what forecasts lose when a group of features is left out.

    Replays activities that start in [--from, --to), each forecast seeing only what was known then,
    once with all features and once without each group.
    """
    from features.history.columns import micros
    from features.home import current_home
    from training.ablation import ablate
    from training.plan import first_and_last_start, lead_blocks

    home = current_home()
    history, limit = load_history(home)
    first, _last = first_and_last_start(history)
    blocks = lead_blocks(history, first, micros(end), lead_days)
    ensure_days(home, [block.as_of for block in blocks], limit)
    found = ablate(
        history, employee_features(home), micros(start), micros(end), lead_days,
        tracked(render("Replaying"), as_json),
    )  # fmt: skip
    show([dataclasses.asdict(one) for one in found], lambda: _lines(found), as_json)


def _lines(found: "list[Ablation]") -> Iterator[str]:
    yield render(HEAD)
    for one in found:
        label = render(WITHOUT, {"group": render(NAMES[one.left_out])}) if one.left_out else ""
        line = f"  {padded(label or render(WHOLE), 30)}{one.log_loss:.5f}"
        if one.left_out:
            line += f"  {one.loss:+.5f} ({one.loss_low:+.5f} to {one.loss_high:+.5f})"
        yield line
    yield render(READ)
