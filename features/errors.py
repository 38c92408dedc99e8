"""The two errors of our own: something given was wrong, or something needed is not there yet."""

from features.language import render


class HuoliError(Exception):
    """Base of both; the text is rendered in the reader's language, and holds no person's values."""

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template)

    def __str__(self) -> str:
        return render(self.template, self.values)

    def in_language(self, language: str) -> str:
        """The message in the language asked for ("en" or "zh")."""
        return render(self.template, self.values, language)


class InputError(HuoliError):
    """A file, field, id or argument is wrong; says which, the rule, and what to do."""


class NotReadyError(HuoliError):
    """What a command needs was not made yet; says which command makes it."""
