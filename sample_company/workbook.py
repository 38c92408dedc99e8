"""Excel workbooks written as plain XML: the same bytes each time, no clock, no author."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

Cell = str | int | float | date | None
EPOCH = date(1899, 12, 30).toordinal()
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    "</fill></fills>"
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
Sheet = tuple[Sequence[str], Iterable[Sequence[Cell]]]


def write_workbook(path: Path, sheets: Mapping[str, Sheet]) -> None:
    """Write sheets by name, each a header and its rows; dates become date cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for name, text in _frame(list(sheets)).items():
            _add(book, name, text)
        for number, (header, rows) in enumerate(sheets.values(), 1):
            _add(book, f"xl/worksheets/sheet{number}.xml", _sheet(header, rows))


def _add(book: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    book.writestr(entry, text.encode())


def _frame(names: Sequence[str]) -> dict[str, str]:
    numbers = range(1, len(names) + 1)
    parts = [_part(f"worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    sheets = [f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
              for n, name in zip(numbers, names, strict=True)]  # fmt: skip
    links = [_link(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    links.append(_link("rId0", "styles", "styles.xml"))
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f"{_part('workbook.xml', 'sheet.main')}{_part('styles.xml', 'styles')}"
        f"{''.join(parts)}</Types>",
        "_rels/.rels": _links([_link("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f"{''.join(sheets)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _links(links),
        "xl/styles.xml": STYLES,
    }


def _part(name: str, kind: str) -> str:
    return f'<Override PartName="/xl/{name}" ContentType="{KIND}.{kind}+xml"/>'


def _link(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _links(links: Sequence[str]) -> str:
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}</Relationships>'


def _sheet(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    lines = [_row(header)]
    lines += [_row(row) for row in rows]
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: Cell) -> str:
    """One cell's XML.

    >>> _cell(None), _cell(3), _cell("a<b")
    ('<c/>', '<c><v>3</v></c>', '<c t="inlineStr"><is><t>a&lt;b</t></is></c>')
    """
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, date):
        return f'<c s="1"><v>{value.toordinal() - EPOCH}</v></c>'
    return f"<c><v>{value}</v></c>"
