"""The files: the same bytes for the same seed, nothing from the end on, no text of any message."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import python_calamine

from sample_company.exports import SYSTEMS, is_free, write_exports
from sample_company.settings import Settings
from sample_company.world import simulate

BEIJING = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def export(small, tmp_path_factory):
    out = tmp_path_factory.mktemp("sample") / "export"
    write_exports(small, out)
    return out


def _files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _rows(path, encoding="utf-8"):
    lines = path.read_bytes().decode(encoding).splitlines()
    return [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]


def test_the_same_seed_gives_the_same_bytes(export, small, tmp_path):
    write_exports(simulate(small.settings), tmp_path / "again")
    assert _files(export) == _files(tmp_path / "again")


def test_another_seed_gives_other_bytes_in_every_system(export, small, tmp_path):
    write_exports(simulate(replace(small.settings, seed=2)), tmp_path / "other")
    mine, other = _files(export), _files(tmp_path / "other")
    for system in SYSTEMS:
        names = [name for name in mine if name.startswith(system)]
        assert names
        assert any(mine[name] != other.get(name) for name in names)


def test_eight_systems_write_and_two_folders_are_in_gb18030_or_excel(export):
    assert {path.name for path in export.iterdir() if path.is_dir()} == set(SYSTEMS)
    with pytest.raises(UnicodeDecodeError):
        (export / "人事" / "人员.csv").read_text("utf-8")
    book = python_calamine.CalamineWorkbook.from_path(str(export / "项目" / "项目系统.xlsx"))
    assert book.sheet_names == ["绩效", "里程碑"]


def test_nothing_that_occurred_lies_at_or_after_the_end(export, small):
    end = datetime.fromtimestamp(small.settings.end, UTC).astimezone(BEIJING)
    local, today = end.strftime("%Y-%m-%d %H:%M:%S"), end.date()
    for name in ("参与记录", "积分流水", "积分兑换"):
        assert max(row["时间"] for row in _rows(export / "活动" / f"{name}.csv")) < local
    for line in (export / "活动" / "活动.jsonl").read_text("utf-8").splitlines():
        activity = json.loads(line)
        for field in ("生效时间", "发布时间", "取消时间"):
            assert activity[field] is None or datetime.fromisoformat(activity[field]) < end
        starts = datetime.fromisoformat(activity["开始时间"])
        assert starts < end + timedelta(days=60 + 7)
    for path in (export / "考勤").iterdir():
        assert max(row["日期"] for row in _rows(path)) < today.strftime("%Y%m%d")
    for path in (export / "聊天").iterdir():
        assert max(row["日期"] for row in _rows(path)) < today.isoformat()
    answers = (export / "调研" / "问卷.jsonl").read_text("utf-8").splitlines()
    assert max(json.loads(line)["提交"] for line in answers) < end.timestamp() * 1_000


DAYS = (
    ("人事/人员.csv", "gb18030", "%Y/%m/%d", ("入职日期", "离职日期", "生效日期")),
    ("人事/项目组成员.csv", "utf-8", "%Y%m%d %H:%M", ("加入时间", "离开时间")),
    ("客户/客户接触.csv", "utf-8", "%Y年%m月%d日", ("日期",)),
)
CELLS = (("培训/培训记录.xlsx", "培训", (4, 5)), ("项目/项目系统.xlsx", "绩效", (1,)),
         ("项目/项目系统.xlsx", "里程碑", (3,)))  # fmt: skip


@pytest.mark.parametrize(("file", "encoding", "pattern", "columns"), DAYS)
def test_no_day_in_a_csv_lies_after_the_end(export, small, file, encoding, pattern, columns):
    today = small.settings.end_date
    rows = [row for row in _rows(export / file, encoding) if row["工号"] != "TEST01"]
    days = [datetime.strptime(row[name], pattern) for row in rows for name in columns if row[name]]
    assert max(days).date() < today


@pytest.mark.parametrize(("file", "sheet", "columns"), CELLS)
def test_no_day_in_a_workbook_lies_after_the_end(export, small, file, sheet, columns):
    book = python_calamine.CalamineWorkbook.from_path(str(export / file))
    rows = book.get_sheet_by_name(sheet).to_python()[1:]
    days = [row[column] for row in rows for column in columns if row[column] != ""]
    assert max(days) < small.settings.end_date


def test_drafts_announced_and_running_activities_reach_ahead_with_sign_ups(export, small):
    end = datetime.fromtimestamp(small.settings.end, UTC)
    lines = (export / "活动" / "活动.jsonl").read_text("utf-8").splitlines()
    ahead = [row for row in map(json.loads, lines) if datetime.fromisoformat(row["开始时间"]) > end]
    drafts = [row for row in ahead if row["状态"] == "草稿"]
    assert drafts
    assert all(row["发布时间"] is None for row in drafts)
    announced = {row["活动编号"] for row in ahead} - {row["活动编号"] for row in drafts}
    signed_up = {row["活动编号"] for row in _rows(export / "活动" / "参与记录.csv")}
    assert announced & signed_up
    assert not {row["活动编号"] for row in drafts} & signed_up


def test_the_chat_export_holds_counts_and_no_text(export):
    for path in (export / "聊天").iterdir():
        rows = _rows(path)
        assert set(rows[0]) == {"发送人", "接收人", "日期", "渠道", "消息数"}
        for row in rows:
            assert re.fullmatch(r"HL\d{6}", row["发送人"])
            assert re.fullmatch(r"HL\d{6}", row["接收人"])
            assert row["渠道"] in ("即时消息", "邮件", "会议")
            assert int(row["消息数"]) > 0


def test_a_former_sample_is_replaced_and_other_files_are_not(export, small, tmp_path):
    out = tmp_path / "out"
    write_exports(small, out)
    assert is_free(out)
    (out / "人事" / "旧文件.csv").write_text("x")
    write_exports(small, out)
    assert _files(out) == _files(export)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("x")
    assert not is_free(tmp_path / "mine")


def test_a_stopped_writer_leaves_nothing(small, tmp_path):
    def stopping(names):
        yield names[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_exports(small, tmp_path / "out", stopping)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("end", "begin"),
    [("2024-02-29", "2023-01-29"), ("2026-03-31", "2025-02-28"), ("2025-01-01", "2023-12-01")],
)
def test_the_period_begins_on_the_same_day_of_the_month_or_its_last(end, begin):
    settings = Settings(300, 13, datetime.fromisoformat(end).date())
    assert datetime.fromtimestamp(settings.begin, UTC).date().isoformat() == begin
