"""The HR system's files: people with their changes, offices, project groups and their members."""

from pathlib import Path

import numpy as np

from sample_company.csv_files import day_word, local_day, write_csv
from sample_company.dirt import some, wide, with_repeats
from sample_company.organisation import Organisation, employee_id
from sample_company.vocabulary import CITIES, CITY_NAMES, FUNCTIONS_ZH, LEVELS
from sample_company.world import World

PEOPLE = ("工号", "性别", "入职日期", "离职日期", "职能", "职级", "城市", "个性化推荐", "生效日期")
GENDERS = ("男", "女", "未知", "9")
SLASHED, PLAIN = "%Y/{m}/{d}", "%Y%m%d"
Row = list[str]


def write_people(world: World, folder: Path) -> None:
    """Write 人员.csv (GB18030), 办公地点.csv, 项目组.csv (GB18030) and 项目组成员.csv."""
    rng = world.settings.rng("export people")
    rows = _people(world)
    rows = [rows[number] for number in with_repeats(len(rows), rng)]
    for number in some(len(rows), max(2, len(rows) // 400), rng):
        rows[number] = [wide(cell) if name == "职级" else cell
                        for name, cell in zip(PEOPLE, rows[number], strict=True)]  # fmt: skip
    rows.append(["TEST01", "9", "0000/0/0", "", "测试", "", "", "开", ""])
    columns = {
        name: list(cells) for name, cells in zip(PEOPLE, zip(*rows, strict=True), strict=True)
    }
    write_csv(folder / "人员.csv", columns, "gb18030")
    write_csv(folder / "办公地点.csv", {
        "城市": list(CITY_NAMES),
        "代码": [city.code for city in CITIES],
        "纬度": [city.latitude for city in CITIES],
        "经度": [city.longitude for city in CITIES],
    })  # fmt: skip
    _write_groups(world, folder)
    _write_members(world, folder)


def _people(world: World) -> list[Row]:
    """Each person's rows in order: hired, changed, left; only what came before the end."""
    people, end = world.people, world.settings.end
    rng = world.settings.rng("export genders")
    genders = rng.choice(len(GENDERS), people.n_people, p=(0.56, 0.42, 0.015, 0.005))
    moments = _moments(people, end)
    rows: list[Row] = []
    for person in np.flatnonzero(people.hired < end).tolist():
        fields = people.first[person].copy()
        for at in sorted(moments[person]):
            for field, value in moments[person][at]:
                fields[field] = value
            rows.append(_row(people, person, at, fields.tolist(), GENDERS[genders[person]]))
    return rows


def _moments(people: Organisation, end: int) -> list[dict[int, list[tuple[int, int]]]]:
    """By person, when a row begins, and the fields that change then."""
    moments: list[dict[int, list[tuple[int, int]]]] = [{int(at): []} for at in people.hired]
    changes = people.changes
    table = zip(changes.time.tolist(), changes.person.tolist(), changes.field.tolist(),
                changes.value.tolist(), strict=True)  # fmt: skip
    for at, person, field, value in table:
        if at < end:
            moments[person].setdefault(at, []).append((field, value))
    for times in (people.opted_out_from, people.left):
        for person in np.flatnonzero(times < np.minimum(end, people.left + 1)).tolist():
            moments[person].setdefault(int(times[person]), [])
    return moments


def _row(people: Organisation, person: int, at: int, fields: list[int], gender: str) -> Row:
    left = int(people.left[person])
    function, city, level = fields
    return [
        employee_id(person),
        gender,
        day_word(local_day(int(people.hired[person])), SLASHED),
        day_word(local_day(left), SLASHED) if left <= at else "",
        FUNCTIONS_ZH[function],
        LEVELS[level],
        CITY_NAMES[city] + ("市" if person % 7 == 0 else ""),
        "关" if people.opted_out_from[person] <= at else "开",
        day_word(local_day(at), SLASHED),
    ]


def _write_groups(world: World, folder: Path) -> None:
    groups, end = world.people.groups, world.settings.end
    known = np.flatnonzero(groups.founded < end)
    closed = [int(groups.dissolved[number]) < end for number in known]
    write_csv(folder / "项目组.csv", {
        "项目组编号": [world.people.group_ids[number] for number in known],
        "名称": [groups.names[number] for number in known],
        "曾用名": [groups.former_names[number] for number in known],
        "状态": ["已撤销" if gone else "运行中" for gone in closed],
    }, "gb18030")  # fmt: skip


def _write_members(world: World, folder: Path) -> None:
    people, end = world.people, world.settings.end
    spells = people.spells
    known = np.flatnonzero(spells.start < end)
    known = known[with_repeats(len(known), world.settings.rng("export members"))]
    ids, groups = people.employee_ids, people.group_ids
    write_csv(folder / "项目组成员.csv", {
        "工号": [ids[person] for person in spells.person[known]],
        "项目组编号": [groups[group] for group in spells.group[known]],
        "加入时间": [_minute(int(at)) for at in spells.start[known]],
        "离开时间": [_minute(int(at)) if at < end else "" for at in spells.end[known]],
        "角色": ["组长" if lead else "成员" for lead in spells.is_lead[known]],
    })  # fmt: skip


def _minute(at: int) -> str:
    """Local time such as 20260305 09:00."""
    seconds_of_day = (at + 8 * 3_600) % 86_400
    clock = f"{seconds_of_day // 3_600:02d}:{seconds_of_day % 3_600 // 60:02d}"
    return f"{day_word(local_day(at), PLAIN)} {clock}"
