"""The files of attendance, training, projects, customers, surveys and chat."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sample_company.chat import CHANNELS, messages
from sample_company.csv_files import (
    day_words,
    local_day,
    words,
    write_csv,
    write_lines,
    write_quarters,
)
from sample_company.customer_records import customer_days
from sample_company.dirt import UNKNOWN_EMPLOYEE, some, wide, with_repeats
from sample_company.organisation import employee_id
from sample_company.settings import NEVER
from sample_company.surveys import TOPICS_ZH, survey_answers
from sample_company.vocabulary import TAGS, TAGS_ZH
from sample_company.work_records import course_tags, reviews, trainings, workdays
from sample_company.workbook import Cell, write_workbook
from sample_company.world import World

LEAVES = ("", "年假", "病假", "事假", "？？")
HALVES = [f"{halves / 2:g}" for halves in range(49)]
N_STRAY, N_UNKNOWN, N_TOO_LONG, N_WIDE = 5, 3, 4, 40


def write_attendance(world: World, folder: Path) -> None:
    """A file a quarter; a few rows with a stray code, an unknown person or too many hours."""
    rows, rng = workdays(world), world.settings.rng("export attendance")
    n = len(rows.person)
    cuts = np.cumsum([N_STRAY, N_UNKNOWN, N_TOO_LONG])
    stray, unknown, too_long, full_width = np.split(
        rng.permutation(some(n, int(cuts[-1]) + N_WIDE, rng)), cuts
    )
    person, hours, leave = rows.person.copy(), rows.half_hours.copy(), rows.leave.copy()
    leave[stray], person[unknown], hours[too_long] = 4, world.people.n_people, len(HALVES)
    hours[full_width] += len(HALVES) + 1
    kept = with_repeats(n, rng, 0.0005)
    labels = [*HALVES, "27", *(wide(text) for text in HALVES)]
    write_quarters(folder, rows.day[kept], {
        "工号": words([*world.people.employee_ids, UNKNOWN_EMPLOYEE], person[kept]),
        "日期": day_words(rows.day[kept], "%Y%m%d"),
        "工时": words(labels, hours[kept]),
        "加班": words(HALVES, rows.overtime_halves[kept]),
        "缺勤": words(LEAVES, leave[kept]),
    })  # fmt: skip


def write_training(world: World, folder: Path) -> None:
    """培训记录.xlsx: dates in date cells."""
    rows = trainings(world)
    header = ("记录号", "工号", "课程编号", "标签", "报名日期", "完成日期", "成绩")

    def cells() -> Iterator[list[Cell]]:
        for number in with_repeats(len(rows.person), world.settings.rng("export training")):
            course = int(rows.course[number])
            names = [TAGS_ZH[TAGS.index(tag)] for tag in course_tags(int(rows.tag[number]), course)]
            completed = int(rows.completed[number])
            score = float(rows.score[number])
            yield [
                f"PX{number + 1:06d}",
                employee_id(int(rows.person[number])),
                f"KC{course + 1:03d}",
                "；".join(dict.fromkeys(names)),
                _date(local_day(int(rows.enrolled[number]))),
                _date(local_day(completed)) if completed < NEVER else None,
                None if np.isnan(score) else score,
            ]

    write_workbook(folder / "培训记录.xlsx", {"培训": (header, cells())})


def write_projects(world: World, folder: Path) -> None:
    """项目系统.xlsx: reviews, and milestones with those due in the sixty days ahead."""
    rows, milestones = reviews(world), world.milestones
    today = local_day(world.settings.end)
    ids = world.people.group_ids
    scores: Iterator[list[Cell]] = (
        [employee_id(int(person)), _date(int(day)), float(score)]
        for person, day, score in zip(rows.person, rows.day, rows.score, strict=True)
    )
    standing = world.people.groups.founded[milestones.group] < world.settings.end
    due: Iterator[list[Cell]] = (
        [f"LC{number + 1:05d}", ids[milestones.group[number]], _date(int(milestones.due[number])),
         _date(int(milestones.done[number])) if milestones.done[number] < today else None]
        for number in np.flatnonzero(standing)
    )  # fmt: skip
    write_workbook(folder / "项目系统.xlsx", {
        "绩效": (("工号", "周期截止日", "得分"), scores),
        "里程碑": (("里程碑编号", "项目组编号", "计划完成日", "实际完成日"), due),
    })  # fmt: skip


def write_customers(world: World, folder: Path) -> None:
    """客户接触.csv; two rows count complaints below zero."""
    rows, rng = customer_days(world), world.settings.rng("export customers")
    complaints = rows.complaints.copy()
    complaints[some(len(complaints), 2, rng)] = -1
    kept = with_repeats(len(complaints), rng)
    write_csv(folder / "客户接触.csv", {
        "工号": words(world.people.employee_ids, rows.person[kept]),
        "日期": day_words(rows.day[kept], "%Y年{m}月{d}日"),
        "接触次数": rows.contacts[kept],
        "投诉": complaints[kept],
        "满意度": pa.array(rows.satisfaction[kept], from_pandas=True),
    })  # fmt: skip


def write_surveys(world: World, folder: Path) -> None:
    """问卷.jsonl: a submission a line, its moment in milliseconds since 1970."""
    answers = survey_answers(world)

    def lines() -> Iterator[dict[str, Any]]:
        for number in range(len(answers.person)):
            pairs = zip(
                answers.topics[number].tolist(), answers.stars[number].tolist(), strict=True
            )
            yield {
                "工号": employee_id(int(answers.person[number])),
                "提交": int(answers.time[number]) * 1_000,
                "回答": [{"题": TOPICS_ZH[topic], "分": stars} for topic, stars in pairs],
            }

    write_lines(folder / "问卷.jsonl", lines())


def write_chat(world: World, folder: Path) -> None:
    """A file a quarter of counts of messages; there is no column for a text."""
    rows = messages(world)
    kept = with_repeats(len(rows.day), world.settings.rng("export chat"), 0.0005)
    ids = world.people.employee_ids
    write_quarters(folder, rows.day[kept], {
        "发送人": words(ids, rows.sender[kept]),
        "接收人": words(ids, rows.receiver[kept]),
        "日期": day_words(rows.day[kept], "%Y-%m-%d"),
        "渠道": words(CHANNELS, rows.channel[kept]),
        "消息数": rows.count[kept],
    })  # fmt: skip


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
