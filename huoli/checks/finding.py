"""What a check says: one line, and what to do."""

from dataclasses import dataclass

from features.language import _, render

REMAKE = _("make it anew with the command that writes it, or restore a backup")
RUN_FEATURES = _("run `huoli features`")


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, what was found, and what to do if not."""

    check: str
    ok: bool
    found: str
    advice: str = ""


def well(check: str, template: str, **values: object) -> Finding:
    """A finding that needs nothing done."""
    return Finding(check, True, render(template, values))


def wrong(check: str, template: str, advice: str, **values: object) -> Finding:
    """A finding and what to do about it."""
    return Finding(check, False, render(template, values), render(advice, values))


def noted(check: str, template: str, advice: str, **values: object) -> Finding:
    """A finding that is well, and what could be better about it."""
    return Finding(check, True, render(template, values), render(advice, values))
