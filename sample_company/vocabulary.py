"""Names that the whole simulation shares: cities, functions, levels, tags, families, slots."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city, its share of people, and where its office stands."""

    name: str
    code: str
    share: float
    latitude: float
    longitude: float


CITIES = (
    City("北京", "BJ", 0.18, 39.9837, 116.3152),
    City("上海", "SH", 0.17, 31.2045, 121.6010),
    City("深圳", "SZ", 0.14, 22.5404, 113.9345),
    City("成都", "CD", 0.13, 30.5447, 104.0668),
    City("杭州", "HZ", 0.11, 30.2795, 120.0260),
    City("广州", "GZ", 0.09, 23.1249, 113.3245),
    City("武汉", "WH", 0.07, 30.4780, 114.4105),
    City("西安", "XA", 0.06, 34.2240, 108.8860),
    City("南京", "NJ", 0.05, 31.9790, 118.7620),
)
CITY_NAMES = tuple(city.name for city in CITIES)
RD, CS, CORPORATE = 0, 1, 2
FUNCTIONS = ("R&D", "customer success", "corporate")
FUNCTIONS_ZH = ("研发", "客户成功", "职能")
FUNCTION_SHARES = (0.60, 0.25, 0.15)
LEVELS = ("P4", "P5", "P6", "P7", "P8", "P9")
LEVEL_SHARES = (0.20, 0.31, 0.26, 0.15, 0.06, 0.02)
TAGS = ("technical", "corporate", "customer", "games", "social", "stories", "collaboration",
        "wellbeing", "management")  # fmt: skip
TAGS_ZH = ("技术", "企业知识", "客户", "游戏", "社交", "员工故事", "协作", "健康", "管理")
TEMPLATES = ("technical_challenge", "customer_story", "knowledge_quiz", "board_games",
             "employee_stories", "cross_project_task", "course")  # fmt: skip
TEMPLATES_ZH = ("技术挑战", "客户故事", "知识竞答", "桌游", "员工故事会", "跨项目任务", "课程")
SLOTS = ("lunch", "afternoon", "evening", "weekend")
SLOT_HOURS = (12, 15, 19, 14)


def slot_of(hour: float, weekday: int) -> int:
    """The position in SLOTS of a local hour and weekday (Monday 0).

    >>> slot_of(12.5, 2), slot_of(19.0, 5)
    (0, 3)
    """
    if weekday >= 5:
        return 3
    if hour < 14:
        return 0
    return 1 if hour < 18 else 2
