"""What a report page is made of, and how it becomes one HTML file without any other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from features.language import preferred_language


@dataclass(frozen=True)
class Table:
    """A caption, the heads of its columns, and rows of cells; the first cell heads its row."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """An SVG element and, for those who cannot see it, what it shows."""

    svg: str
    alt: str

    @property
    def markup(self) -> Markup:
        """The SVG as it stands: made by us, its texts escaped by matplotlib."""
        return Markup(self.svg)  # noqa: S704


@dataclass(frozen=True)
class Section:
    """A heading, what to know, then pictures each above its table."""

    title: str
    paragraphs: Sequence[str] = ()
    parts: Sequence[Picture | Table] = ()


@dataclass(frozen=True)
class Page:
    """A report: its title and window, headline facts as (value, meaning), and sections."""

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    notes: Sequence[str] = field(default=())


def to_html(page: Page) -> str:
    """The page as one HTML document: no script, nothing fetched; every text escaped."""
    environment = Environment(
        loader=PackageLoader("huoli"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.tests["table"] = lambda part: isinstance(part, Table)
    language = "zh-CN" if preferred_language() == "zh" else "en"
    return environment.get_template("report.html").render(page=page, language=language)


def write_page(page: Page, path: Path) -> None:
    """Write the page whole: under another name first, so that a stop leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(to_html(page), encoding="utf-8")
    part.replace(path)
