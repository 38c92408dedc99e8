"""Activities' rows as of any moment: time slot, place, tags and words."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from features.audience import Expression, canonical_audience, parse_audience
from features.history.columns import (
    DAY,
    FIRST,
    HOUR,
    NEVER,
    Floats,
    Ints,
    Strings,
    codes,
    distinct,
    in_order,
    instants,
    numbers,
    positions,
    strings,
    utc_offsets,
)
from features.tables.schemas import TABLES
from features.text import words

CODED = ("series_id", "template", "place_id", "city", "organiser_id", "format", "mode",
         "reward_kind", "audience")  # fmt: skip
BY_ROW = ("valid_from", "starts", "ends", "announced", "cancelled", "latitude", "longitude",
          "reward_points", "capacity", "local_hour", "weekday")  # fmt: skip


@dataclass(frozen=True)
class Activities:
    """One row per version of an activity, ordered by when it begins to hold.

    `coded` gives, per column of CODED, each row's code (-1: none) and the names. `tags`, `words`
    and `title_words` are sparse, rows x vocabulary: shares of tags, and counts of words, the
    latter of the title alone. Names and vocabularies are sorted, and may have some of no row.
    """

    table: pa.Table
    ids: Strings
    activity: Ints
    valid_from: Ints
    starts: Ints
    ends: Ints
    announced: Ints
    cancelled: Ints
    latitude: Floats
    longitude: Floats
    reward_points: Floats
    capacity: Floats
    local_hour: Floats
    weekday: Ints
    coded: dict[str, tuple[Ints, Strings]]
    tags: sparse.csr_matrix
    tag_names: Strings
    words: sparse.csr_matrix
    word_names: Strings
    title_words: sparse.csr_matrix
    title_word_names: Strings

    def rows_at(self, at: int) -> Ints:
        """Each activity's row as of `at`; the earliest one before its `valid_from`."""
        rows = np.zeros(len(self.ids), dtype=np.int64)
        rows[self.activity[::-1]] = np.arange(len(self.activity))[::-1]
        held = np.flatnonzero(self.valid_from <= at)
        rows[self.activity[held]] = held
        return rows

    @cached_property
    def first_known(self) -> Ints:
        """When each activity was first known; FIRST where that is not stated."""
        return self.valid_from[self.rows_at(FIRST)]

    @cached_property
    def last_rows(self) -> Ints:
        """Each activity's newest row."""
        return self.rows_at(NEVER)

    @cached_property
    def audiences(self) -> list[Expression]:
        """The parsed audience of each code in `coded["audience"]`."""
        return [parse_audience(text) for text in self.coded["audience"][1]]

    def audience_of(self, row: int) -> Expression:
        """The audience of a row; None is everyone."""
        code = self.coded["audience"][0][row]
        return None if code < 0 else self.audiences[code]


def activities_from(table: pa.Table) -> Activities:
    """Activities from their canonical table."""
    table, valid_from = in_order(table, "activity_id")
    ids = distinct(strings(table, "activity_id"))
    starts = instants(table, "starts_at", FIRST)
    local = starts + utc_offsets(strings(table, "timezone").tolist(), starts)
    tag_rows = [_shares(text) if text else {} for text in strings(table, "tags")]
    tags, tag_names = _sparse(tag_rows)
    titles = strings(table, "title")
    texts = [f"{title} {text}" for title, text in zip(
        titles, strings(table, "description"), strict=True)]  # fmt: skip
    all_words, word_names = _sparse([_word_counts(text) for text in texts])
    title_words, title_word_names = _sparse([_word_counts(title) for title in titles])
    return Activities(
        table=table,
        ids=ids,
        activity=positions(ids, strings(table, "activity_id")),
        valid_from=valid_from,
        starts=starts,
        ends=instants(table, "ends_at", NEVER),
        announced=instants(table, "announced_at", NEVER),
        cancelled=instants(table, "cancelled_at", NEVER),
        latitude=numbers(table, "latitude"),
        longitude=numbers(table, "longitude"),
        reward_points=numbers(table, "reward_points"),
        capacity=numbers(table, "capacity"),
        local_hour=(local % DAY) / HOUR,
        weekday=(local // DAY + 3) % 7,
        coded={
            name: codes(
                _one_spelling(strings(table, name)) if name == "audience" else strings(table, name)
            )
            for name in CODED
        },
        tags=tags,
        tag_names=tag_names,
        words=all_words,
        word_names=word_names,
        title_words=title_words,
        title_word_names=title_word_names,
    )


@lru_cache(maxsize=20_000)
def _shares(text: str) -> Mapping[str, float]:
    """The tags of an activity: kept, as each draft is read beside all activities."""
    found: Mapping[str, float] = json.loads(text)
    return found


@lru_cache(maxsize=20_000)
def _word_counts(text: str) -> Mapping[str, int]:
    """How often each word is in a text: kept, as each draft is read beside all activities."""
    return Counter(words(text))


def _one_spelling(audiences: Strings) -> Strings:
    """Audiences that say the same as the same text, so that they count as one; "" is everyone.

    Spaces and the order of keys and values say nothing.
    """
    spelt = {text: canonical_audience(text) for text in set(audiences.tolist()) if text}
    return np.array([spelt.get(text, text) for text in audiences.tolist()], dtype=object)


def with_draft(activities: Activities, record: Mapping[str, object]) -> tuple[Activities, int]:
    """The activities and one more, and its position; `record` holds canonical columns.

    A draft whose id exists stands in for that activity. Its row is put among the others, which are
    not read anew: whoever changes a design waits for it.
    """
    schema = TABLES["activities"].arrow_schema
    row = pa.Table.from_pylist([{name: _in_utc(record.get(name)) for name in schema.names}], schema)
    one, name = activities_from(row), str(record["activity_id"])
    position = int(np.searchsorted(activities.ids, name))
    is_new = position == len(activities.ids) or activities.ids[position] != name
    kept = np.arange(len(activities.activity))
    if not is_new:
        kept = kept[activities.activity != position]
    place = int(np.searchsorted(activities.valid_from[kept], one.valid_from[0], side="right"))
    # those before it, itself, those after it
    order = np.insert(kept, place, len(activities.activity))
    own = {field: np.append(getattr(activities, field), getattr(one, field))[order]
           for field in BY_ROW}  # fmt: skip
    number = activities.activity + (activities.activity >= position if is_new else 0)
    return Activities(
        table=pa.concat_tables([activities.table, one.table]).take(pa.array(order)),
        ids=np.insert(activities.ids, position, name) if is_new else activities.ids,
        activity=np.append(number, position)[order],
        **own,
        coded={
            column: _more_codes(*activities.coded[column], one.coded[column][1], order)
            for column in CODED
        },
        **_more_columns("tags", "tag_names", activities, one, order),
        **_more_columns("words", "word_names", activities, one, order),
        **_more_columns("title_words", "title_word_names", activities, one, order),
    ), position


def _more_codes(
    known: Ints, names: Strings, name: Strings, order: Ints
) -> tuple[Ints, Strings]:  # fmt: skip
    """(the codes with that of one more row, put in order; the names with that row's, if any)."""
    together, moved, own = _more_names(names, name)
    # the code of none is the last one, and stays so
    moved = np.append(moved, -1)
    return np.append(moved[known], own if len(own) else -1)[order], together


def _more_columns(
    field: str, names: str, activities: Activities, one: Activities, order: Ints
) -> dict[str, Any]:
    """The fields of a sparse matrix and its names, with one more row, put in order."""
    known, row = getattr(activities, field), getattr(one, field)
    together, moved, own = _more_names(getattr(activities, names), getattr(one, names))
    n_own = len(row.indices)
    matrix = sparse.csr_matrix(
        (
            np.append(known.data, row.data),
            np.append(moved[known.indices], own[row.indices]),
            np.append(known.indptr, known.indptr[-1] + n_own),
        ),
        shape=(known.shape[0] + 1, len(together)),
    )
    return {field: matrix[order], names: together}


def _more_names(names: Strings, more: Strings) -> tuple[Strings, Ints, Ints]:
    """(both together, where the former are in it, where the latter are); all of them sorted."""
    before = np.searchsorted(names, more)
    there = np.append(names, "")[before] == more
    together = np.insert(names, before[~there], more[~there])
    # each name moves by as many as came before it
    moved = np.arange(len(names)) + np.searchsorted(before[~there], np.arange(len(names)), "right")
    return together, moved, np.searchsorted(together, more)


def _in_utc(value: object) -> object:
    """An instant in UTC: pyarrow has been seen to take another offset's digits for those of UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _sparse(rows: Sequence[Mapping[str, float]]) -> tuple[sparse.csr_matrix, Strings]:
    """(rows x names matrix of the values, the sorted names)."""
    names = sorted({name for row in rows for name in row})
    column = {name: number for number, name in enumerate(names)}
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = [column[name] for row in rows for name in row]
    values = [float(value) for row in rows for value in row.values()]
    matrix = sparse.csr_matrix((values, indices, indptr), shape=(len(rows), len(names)))
    return matrix, np.array(names, dtype=object)
