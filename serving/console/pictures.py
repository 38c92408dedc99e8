"""Charts of pages: drawn once for the same content, one at a time, never on the event loop."""

import hashlib
import json
import math
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from markupsafe import Markup

from serving.charts import PHONE_WIDTH, figure_of, no_wider, to_svg

MOST_BYTES = 32 * 1024**2
# matplotlib draws by settings of the whole process
_DRAWING = threading.Lock()
_LOOKING = threading.Lock()
_KEPT: OrderedDict[str, str] = OrderedDict()
_IS_PHONE: ContextVar[bool] = ContextVar("is_phone", default=False)
Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """The figures behind a chart: heads, and rows whose first cell names the row."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Picture:
    """A chart as pages show it: an SVG, what it shows in a sentence, and its figures.

    Where artists of the chart were named `row-N` (matplotlib's gid), pointing at one tells the
    figures of the table's row N.
    """

    svg: Markup
    alt: str
    table: Table = field(default_factory=lambda: Table((), ()))


@contextmanager
def drawn_for(is_phone: bool) -> Iterator[None]:
    """Within it, pictures are drawn for a phone's width, or for wide screens."""
    before = _IS_PHONE.set(is_phone)
    try:
        yield
    finally:
        _IS_PHONE.reset(before)


def picture(
    draw: Callable[..., Any], arguments: Mapping[str, Any], alt: str, table: Table,
    scrolls: bool = False,
) -> Picture:  # fmt: skip
    """The figure that `draw(**arguments)` gives, as a picture; arguments are plain content.

    One that `scrolls` is as wide on a phone.
    """
    return Picture(svg_of(draw, arguments, scrolls), alt, table)


def svg_of(draw: Callable[..., Any], arguments: Mapping[str, Any], scrolls: bool = False) -> Markup:
    """The SVG alone."""
    most = PHONE_WIDTH if _IS_PHONE.get() and not scrolls else math.inf
    content = json.dumps([draw.__module__, draw.__qualname__, arguments, str(most)], default=_plain)
    name = hashlib.sha256(content.encode()).hexdigest()
    found = _kept(name)
    if found is None:
        with _DRAWING, no_wider(most):
            # somebody else may have drawn it meanwhile
            found = _kept(name) or _keep(name, to_svg(draw(**arguments)))
    return Markup(found)  # noqa: S704 - matplotlib escapes the texts in it


@cache
def warm() -> threading.Thread:
    """Load what draws, aside: it takes most of a second, which the first chart would wait for.

    Once a process, when somebody first opens a page: who asks over REST alone needs none of it.
    """

    def draw() -> None:
        with _DRAWING:
            to_svg(figure_of(1.0, lambda figure: figure.subplots().set_xlabel("-")))

    thread = threading.Thread(target=draw, name="pictures", daemon=True)
    thread.start()
    return thread


def drawn(draw: Callable[..., Any], arguments: Mapping[str, Any], kind: str) -> bytes:
    """The same figure as the bytes of a PNG or PDF, its texts set in a font that has them."""
    from serving.charts import to_bytes

    with _DRAWING:
        return to_bytes(draw, arguments, kind)


def _kept(name: str) -> str | None:
    """What was drawn before; whoever looks never waits for what others draw."""
    with _LOOKING:
        if name in _KEPT:
            _KEPT.move_to_end(name)
        return _KEPT.get(name)


def _keep(name: str, svg: str) -> str:
    """Keep a drawing, at the cost of those that nobody looked at for longest."""
    with _LOOKING:
        _KEPT[name] = svg
        n_bytes = sum(map(sys.getsizeof, _KEPT.values()))
        while n_bytes > MOST_BYTES and len(_KEPT) > 1:
            n_bytes -= sys.getsizeof(_KEPT.popitem(last=False)[1])
    return svg


def _plain(value: Any) -> Any:
    """What JSON does not know: by its fields, or as a list."""
    return vars(value) if hasattr(value, "__dict__") else list(value)
