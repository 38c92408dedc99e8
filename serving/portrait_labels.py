"""What kinds of activities and topics of surveys are called, as people say it."""

from features.language import _, render
from serving.console.activity import FAMILIES, family_name, topic_name
from serving.held import Kind

SLOTS: dict[str, str] = {
    "morning": _("in the morning"), "lunch": _("at lunch"), "afternoon": _("in the afternoon"),
    "evening": _("in the evening"), "weekend": _("at the weekend"),
}  # fmt: skip
MODES: dict[str, str] = {"online": _("online"), "onsite": _("on site"), "hybrid": _("both ways")}
NOTICES: dict[str, str] = {
    "short": _("under a week ahead"),
    "usual": _("one to two weeks ahead"),
    "long": _("two weeks ahead or more"),
}
FORMATS: dict[str, str] = {"individual": _("taking part alone"), "team": _("taking part as a team")}
WORDS: dict[Kind, dict[str, str]] = {"slot": SLOTS, "mode": MODES, "notice": NOTICES}


def kind_label(kind: Kind, name: str, language: str) -> str:
    """What activities of a kind are called; a name of the company's own as it stands.

    >>> kind_label("slot", "lunch", "en"), kind_label("template", "our own", "en")
    ('at lunch', 'our own')
    """
    if kind == "template":
        return family_name(name, language)
    if kind == "topic":
        return topic_name(name, language)
    return _said(WORDS[kind], name, language)


def survey_label(topic: str, language: str) -> str:
    """What a survey's topic is called, which may be a template, a tag, a format or a mode."""
    if topic in FAMILIES:
        return family_name(topic, language)
    words = FORMATS | MODES
    return _said(words, topic, language) if topic in words else topic_name(topic, language)


def is_kind_of_activity(topic: str) -> bool:
    """Whether a survey's topic is a kind of activity or a way to take part, and no subject."""
    return topic in FAMILIES | FORMATS | MODES


def _said(words: dict[str, str], name: str, language: str) -> str:
    return render(words[name], {}, language) if name in words else name
