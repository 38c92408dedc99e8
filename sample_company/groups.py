"""Project groups, and the one reorganisation: some dissolved, merged, renamed or founded."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Groups, Ints
from sample_company.settings import CHINA, DAY, HOUR, NEVER, Settings
from sample_company.vocabulary import CITIES, FUNCTION_SHARES

PEOPLE_PER_GROUP = 31
THEMES = (
    ("支付平台", "数据中台", "智能客服", "风控引擎", "移动应用", "云原生", "测试效能", "信贷核心",
     "物联网关", "搜索推荐", "政务云", "供应链", "零售中台", "医疗影像", "车联网", "安全攻防"),
    ("银行客户", "零售客户", "制造客户", "政企客户", "医疗客户", "运维支持", "实施交付",
     "续约运营"),
    ("人力资源", "财务共享", "法务合规", "行政服务", "市场品牌", "信息化", "采购", "培训发展"),
)  # fmt: skip
REORGANISED_AT = 0.55
DISSOLVED, MERGED_PAIRS, RENAMED, NEW = 0.07, 0.03, 0.08, 0.05


@dataclass(frozen=True)
class Reorganisation:
    """When it happened, and where the members of each dissolved group went (-1: scattered)."""

    time: int
    dissolved: Ints
    into: Ints
    new: Ints


def make_groups(settings: Settings) -> tuple[Groups, Reorganisation]:
    """The groups, those that the reorganisation founds among them, and the reorganisation."""
    rng = settings.rng("groups")
    n_first = max(9, round(settings.employees / PEOPLE_PER_GROUP))
    pairs = max(1, round(n_first * MERGED_PAIRS))
    n_new = pairs + max(1, round(n_first * NEW))
    functions = _functions(n_first)
    cities = rng.choice(len(CITIES), n_first, p=[city.share for city in CITIES])
    moment = _working_moment(settings.begin + int(REORGANISED_AT * (settings.end - settings.begin)))
    gone, into, kinds = _merges(functions, pairs, max(1, round(n_first * DISSOLVED)), n_first, rng)
    founders = np.concatenate([kinds, rng.integers(0, n_first, n_new - pairs)])
    function = np.concatenate([functions, functions[founders]])
    city = np.concatenate([cities, cities[founders]])
    names, former = _names(function, city, n_first, gone, rng)
    n = n_first + n_new
    groups = Groups(
        names=names,
        former_names=former,
        function=function,
        city=city,
        size=rng.lognormal(0, 0.45, n),
        founded=np.where(np.arange(n) < n_first, settings.begin - 3 * 365 * DAY, moment),
        dissolved=np.where(np.isin(np.arange(n), gone), moment, NEVER),
    )
    return groups, Reorganisation(moment, gone, into, np.arange(n_first + pairs, n))


def _functions(n: int) -> Ints:
    n_other = [max(2, round(n * share)) for share in FUNCTION_SHARES[1:]]
    return np.repeat([0, 1, 2], [n - sum(n_other), *n_other]).astype(np.int64)


def _merges(
    functions: Ints, pairs: int, n_dissolved: int, n_first: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """(groups that end, where their members go, which group each merged one takes after)."""
    engineers = rng.permutation(np.flatnonzero(functions == 0))
    merged = engineers[: 2 * pairs]
    scattered = engineers[2 * pairs : 2 * pairs + n_dissolved]
    into = np.concatenate([n_first + np.arange(2 * pairs) // 2, np.full(len(scattered), -1)])
    return np.concatenate([merged, scattered]), into, merged[::2]


def _names(
    function: Ints, city: Ints, n_first: int, gone: Ints, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    names: list[str] = []
    for kind, place in zip(function, city, strict=True):
        theme = THEMES[kind][int(rng.integers(len(THEMES[kind])))]
        name = f"{CITIES[place].name}{theme}"
        number = sum(other.startswith(name) for other in names) + 1
        names.append(f"{name}{number}组")
    former = [""] * len(names)
    staying = np.setdiff1d(np.arange(n_first), gone)
    renamed = rng.choice(staying, max(1, round(n_first * RENAMED)), replace=False)
    for group in sorted(renamed.tolist()):
        former[group] = names[group]
        names[group] = names[group].removesuffix("组") + "事业组"
    return names, former


def _working_moment(at: int) -> int:
    """09:00 local of the Monday on or before that moment."""
    day = (at + CHINA) // DAY
    return int((day - (day + 3) % 7) * DAY + 9 * HOUR - CHINA)
