"""Public holidays of mainland China, and the weekend days on which people work instead."""

from datetime import date, datetime, timedelta

from features.language import _

NEW_YEAR, SPRING, QINGMING = _("New Year"), _("Spring Festival"), _("Qingming Festival")
LABOUR, DRAGON, AUTUMN = _("Labour Day"), _("Dragon Boat Festival"), _("Mid-Autumn Festival")
NATIONAL = _("National Day")
# (name, first day, last day). 2024 to 2026: the yearly notices of the General Office of the State
# Council (国务院办公厅关于部分节假日安排的通知): numbers 7 of 2023, 12 of 2024 and 7 of 2025 of
# the series "guo ban fa ming dian".
# 2027: the days that the regulation on national holidays itself gives (全国年节及纪念日放假办法,
# as of 2025); to be replaced by the notice for 2027, which also moves weekends.
HOLIDAYS: tuple[tuple[str, str, str], ...] = (
    (NEW_YEAR, "2024-01-01", "2024-01-01"), (SPRING, "2024-02-10", "2024-02-17"),
    (QINGMING, "2024-04-04", "2024-04-06"), (LABOUR, "2024-05-01", "2024-05-05"),
    (DRAGON, "2024-06-10", "2024-06-10"), (AUTUMN, "2024-09-15", "2024-09-17"),
    (NATIONAL, "2024-10-01", "2024-10-07"),
    (NEW_YEAR, "2025-01-01", "2025-01-01"), (SPRING, "2025-01-28", "2025-02-04"),
    (QINGMING, "2025-04-04", "2025-04-06"), (LABOUR, "2025-05-01", "2025-05-05"),
    (DRAGON, "2025-05-31", "2025-06-02"), (NATIONAL, "2025-10-01", "2025-10-08"),
    (NEW_YEAR, "2026-01-01", "2026-01-03"), (SPRING, "2026-02-15", "2026-02-23"),
    (QINGMING, "2026-04-04", "2026-04-06"), (LABOUR, "2026-05-01", "2026-05-05"),
    (DRAGON, "2026-06-19", "2026-06-21"), (AUTUMN, "2026-09-25", "2026-09-27"),
    (NATIONAL, "2026-10-01", "2026-10-07"),
    (NEW_YEAR, "2027-01-01", "2027-01-01"), (SPRING, "2027-02-05", "2027-02-08"),
    (QINGMING, "2027-04-05", "2027-04-05"), (LABOUR, "2027-05-01", "2027-05-02"),
    (DRAGON, "2027-06-09", "2027-06-09"), (AUTUMN, "2027-09-15", "2027-09-15"),
    (NATIONAL, "2027-10-01", "2027-10-03"),
)  # fmt: skip
# weekend days made working days by the same notices
WORKED_WEEKENDS = frozenset(map(date.fromisoformat, (
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
    "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
    "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
    "2026-10-10",
)))  # fmt: skip
SATURDAY = 5
CHINA_OFFSET = timedelta(hours=8)


def holiday_on(day: date) -> str | None:
    """The holiday of a day, a text of the catalogues; None on other days.

    >>> holiday_on(date(2026, 10, 3)), holiday_on(date(2026, 10, 8))
    ('National Day', None)
    """
    text = day.isoformat()
    return next((name for name, first, last in HOLIDAYS if first <= text <= last), None)


def holiday_at(at: datetime) -> str | None:
    """The holiday of a local moment where clocks are those of China; None of other moments."""
    return holiday_on(at.date()) if at.utcoffset() == CHINA_OFFSET else None


def is_free_weekend(day: date) -> bool:
    """Whether a day is of a weekend and nobody works on it for a holiday's sake.

    >>> is_free_weekend(date(2026, 10, 10)), is_free_weekend(date(2026, 10, 11))
    (False, True)
    """
    return day.weekday() >= SATURDAY and day not in WORKED_WEEKENDS


def working_day_after(day: date) -> date:
    """The next day on which people work.

    >>> working_day_after(date(2026, 10, 1))
    datetime.date(2026, 10, 8)
    """
    day += timedelta(days=1)
    while holiday_on(day) or is_free_weekend(day):
        day += timedelta(days=1)
    return day
