"""The activity tool's files: activities with their versions, records, points and exchanges."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sample_company.activities import Activity
from sample_company.csv_files import local_times, words, write_csv, write_lines
from sample_company.dirt import UNKNOWN_EMPLOYEE, some, with_repeats
from sample_company.ledger import ITEMS, REASONS, make_ledger
from sample_company.organisation import Organisation, employee_id
from sample_company.records import KINDS, participation_records
from sample_company.settings import DAY
from sample_company.vocabulary import CITIES, CITY_NAMES, TEMPLATES, TEMPLATES_ZH
from sample_company.world import World

KINDS_ZH = (
    "浏览",
    "报名",
    "婉拒",
    "取消报名",
    "签到",
    "进度",
    "完成",
    "评分",
    "评论",
    "点赞",
    "分享",
)
STRAY_KIND = "扫码"
N_STRAY, N_UNKNOWN, N_TOO_EARLY = 4, 3, 2


def write_activities(world: World, folder: Path) -> None:
    """Write 活动.jsonl, 参与记录.csv, 积分流水.csv and 积分兑换.csv."""
    write_lines(folder / "活动.jsonl", _versions(world))
    _write_records(world, folder)
    _write_ledger(world, folder)


def _versions(world: World) -> Iterator[dict[str, Any]]:
    """The drafts that stand at the end, and of what was announced each version up to then."""
    end = world.settings.end
    for activity_id in sorted(world.activities):
        activity = world.activities[activity_id]
        if activity.announced >= end:
            if activity.created < end:
                yield _version(world.people, activity, 1, activity.created, "草稿")
            continue
        yield _version(world.people, activity, 1, activity.announced, "已发布")
        if activity.moved and activity.moved[0] < end:
            yield _version(world.people, activity, 2, activity.moved[0], "已改期")
        if activity.cancelled is not None and activity.cancelled < end:
            yield _version(world.people, activity, 2, activity.cancelled, "已取消")


def _version(
    people: Organisation, activity: Activity, number: int, at: int, state: str
) -> dict[str, Any]:
    starts = activity.final_start if state == "已改期" else activity.starts
    return {
        "活动编号": activity.activity_id,
        "版本": number,
        "生效时间": _iso(at),
        "状态": state,
        "标题": activity.title,
        "简介": activity.description,
        "类型": TEMPLATES_ZH[TEMPLATES.index(activity.template)],
        "标签": [{"名称": name, "占比": share} for name, share in activity.tags.items()],
        "形式": "团队" if activity.format == "team" else "个人",
        "地点": _place(activity),
        "系列": activity.series_id,
        "发布时间": None if state == "草稿" else _iso(activity.announced),
        "开始时间": _iso(starts),
        "结束时间": _iso(starts + activity.ends - activity.starts),
        "取消时间": _iso(activity.cancelled) if state == "已取消" and activity.cancelled else None,
        "名额": activity.capacity,
        "组织者": employee_id(activity.organiser),
        "奖励": {"类别": "points", "积分": activity.reward_points},
        "对象": activity.audience,
    }


def _place(activity: Activity) -> dict[str, Any]:
    if activity.city is None:
        return {"方式": "线上"}
    city = CITIES[CITY_NAMES.index(activity.city)]
    return {"方式": "现场", "场地": f"OFFICE-{city.code}", "城市": city.name,
            "坐标": {"纬度": city.latitude, "经度": city.longitude}}  # fmt: skip


def _iso(at: int) -> str:
    """Local time with its offset, such as 2026-03-05T14:00:00+08:00."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.astimezone(timezone(timedelta(hours=8))).isoformat()


def _write_records(world: World, folder: Path) -> None:
    """The records, some twice; a few of a stray kind, an unknown person, or a wrong clock."""
    records = participation_records(world)
    rng = world.settings.rng("export records")
    n = len(records.person)
    stray, unknown, early = np.split(
        some(n, N_STRAY + N_UNKNOWN + N_TOO_EARLY, rng), [N_STRAY, N_STRAY + N_UNKNOWN]
    )
    kind, person, time = records.kind.copy(), records.person.copy(), records.time.copy()
    kind[stray], person[unknown] = len(KINDS), world.people.n_people
    announced = np.array([world.activities[name].announced for name in records.ids])
    time[early] = announced[records.activity[early]] - DAY
    kept = with_repeats(n, rng)
    values = np.round(records.value[kept], 1)
    columns = {
        "记录号": pa.array([f"CY{number + 1:07d}" for number in range(n)]).take(pa.array(kept)),
        "活动编号": words(records.ids, records.activity[kept]),
        "工号": words([*world.people.employee_ids, UNKNOWN_EMPLOYEE], person[kept]),
        "动作": words([*KINDS_ZH, STRAY_KIND], kind[kept]),
        "时间": local_times(time[kept]),
        "数值": pa.array(values, from_pandas=True),
    }
    write_csv(folder / "参与记录.csv", columns)


def _write_ledger(world: World, folder: Path) -> None:
    ledger = make_ledger(world)
    ids = world.people.employee_ids
    n = len(ledger.person)
    write_csv(folder / "积分流水.csv", {
        "流水号": [f"JF{number + 1:07d}" for number in range(n)],
        "工号": words(ids, ledger.person),
        "时间": local_times(ledger.time),
        "积分": ledger.amount,
        "事由": words(REASONS, ledger.reason),
        "活动编号": words([*ledger.ids, None], ledger.activity % (len(ledger.ids) + 1)),
    })  # fmt: skip
    write_csv(folder / "积分兑换.csv", {
        "兑换单号": [f"DH{number + 1:06d}" for number in range(len(ledger.redeemer))],
        "工号": words(ids, ledger.redeemer),
        "时间": local_times(ledger.redeemed_at),
        "物品": words(ITEMS, ledger.item),
        "消耗积分": ledger.redeemed,
    })  # fmt: skip
