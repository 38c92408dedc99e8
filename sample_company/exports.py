"""A company's exports in one folder, written whole or not at all."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from sample_company import export_work as work
from sample_company.csv_files import day_word, write_csv
from sample_company.export_activities import write_activities
from sample_company.export_people import write_people
from sample_company.settings import DAY
from sample_company.world import World

Writer = Callable[[World, Path], None]
SYSTEMS: dict[str, Writer] = {
    "人事": write_people,
    "考勤": work.write_attendance,
    "培训": work.write_training,
    "项目": work.write_projects,
    "客户": work.write_customers,
    "调研": work.write_surveys,
    "聊天": work.write_chat,
    "活动": write_activities,
}
ABOUT, ORIGIN = "导出信息.csv", "huoli sample"
Progress = Callable[[list[str]], Iterable[str]]


def write_exports(world: World, out: Path, progress: Progress = iter) -> dict[str, int]:
    """Write every system's files; returns the bytes of each system.

    They are written into a hidden folder beside `out`, which takes its place at the end; a former
    sample there goes. `progress` passes on the systems' names as each one's turn comes.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    growing = out.parent / f".{out.name}.growing"
    shutil.rmtree(growing, ignore_errors=True)
    try:
        for name in progress(list(SYSTEMS)):
            SYSTEMS[name](world, growing / name)
        _write_about(world, growing)
        _replace(out, growing)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return {name: _size(out / name) for name in SYSTEMS}


def is_free(out: Path) -> bool:
    """Whether a sample may be written there: nothing, an empty folder or a former sample."""
    if not out.exists():
        return True
    if not out.is_dir():
        return False
    about = out / ABOUT
    return not any(out.iterdir()) or (
        about.is_file() and ORIGIN in about.read_text("utf-8", errors="replace")
    )


def _write_about(world: World, folder: Path) -> None:
    moment = f"{day_word(world.settings.end // DAY, '%Y-%m-%d')}T00:00:00Z"
    write_csv(folder / ABOUT, {"导出时间": [moment], "来源": [ORIGIN]})


def _replace(out: Path, growing: Path) -> None:
    """Put the new folder in place of the old one, which is whole until then."""
    former = out.parent / f".{out.name}.former"
    shutil.rmtree(former, ignore_errors=True)
    if out.exists():
        out.rename(former)
    try:
        growing.rename(out)
    except OSError:
        if former.exists():
            former.rename(out)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
