"""Titles and descriptions of activities, in Chinese, by family."""

from collections.abc import Mapping, Sequence

import numpy as np

SUBJECTS = {
    "technical_challenge": ("算法闯关", "代码重构", "性能优化", "安全攻防", "数据建模",
                            "大模型应用",
                            "前端动效", "故障演练", "SQL 调优", "云成本优化",
                            "自动化测试", "黑客松"),
    "customer_story": ("银行核心上线", "零售大促保障", "制造业数字化", "政务云迁移", "医院信息平台",
                       "客户投诉转机", "七天紧急交付", "续约背后", "海外客户首单", "老客户回访"),
    "knowledge_quiz": ("企业文化", "公司制度", "信息安全", "产品知识", "发展历程", "合规常识",
                       "云与容器", "编程语言", "数据库原理", "网络协议"),
    "board_games": ("卡坦岛", "狼人杀", "三国杀", "德国心脏病", "璀璨宝石", "阿瓦隆", "剧本推理",
                    "象棋擂台", "围棋对弈", "你画我猜"),
    "employee_stories": ("我在成都带团队", "十年老员工", "从测试到架构", "新人第一年", "驻场三百天",
                         "双城生活", "跑完第一场马拉松", "二胎妈妈回归",
                         "一次失败的上线", "我的师傅"),
    "cross_project_task": ("组件共建", "文档翻译", "知识库整理", "代码互审", "工具打磨",
                           "客户问题会诊", "技术债清理", "新人手册编写"),
}  # fmt: skip
COURSES = {
    "technical": ("云原生入门", "数据分析", "架构设计", "容器实战", "提示词工程"),
    "management": ("项目管理", "新任经理", "绩效面谈", "高效会议"),
    "wellbeing": ("颈椎康复", "情绪管理", "睡眠改善", "办公室瑜伽"),
    "customer": ("客户谈判", "高效沟通", "需求访谈", "交付汇报"),
}
PATTERNS = {
    "technical_challenge": ("{s}挑战赛", "{s}限时赛·第{n}期", "{p}{s}擂台", "48 小时{s}"),
    "customer_story": ("客户故事：{s}", "听他们讲{s}", "{p}分享会｜{s}", "{s}，我们做对了什么"),
    "knowledge_quiz": ("{s}知识竞答", "每月一答·{s}（第{n}期）", "{s}大闯关", "{p}答题赛：{s}"),
    "board_games": ("{p}{s}之夜", "午间{s}", "{s}友谊赛", "桌游局｜{s}"),
    "employee_stories": ("员工故事会：{s}", "人物｜{s}", "{p}茶话：{s}", "{s}——同事说"),
    "cross_project_task": ("跨项目任务：{s}", "{s}召集令", "一起来{s}·第{n}批", "{p}协作日：{s}"),
    "course": ("{s}公开课", "{s}工作坊", "{p}课堂｜{s}", "{s}训练营·第{n}期"),
}
OPENINGS = ("不考核，不排名，", "名额先到先得，", "欢迎组队，也欢迎一个人来，",
            "应同事们的要求再次举办，",
            "轻松一点，", "由工会与人力共同主办，", "本期换了新形式，", "")  # fmt: skip
WHAT = {
    "technical_challenge": (
        "围绕{s}出三道题，提交后自动评测。",
        "两小时内完成{s}任务，当场讲解思路。",
    ),
    "customer_story": ("请到交付一线的同事讲{s}的来龙去脉。", "还原{s}的关键时刻，留半小时问答。"),
    "knowledge_quiz": ("二十道{s}选择题，{t}答完即出分。", "本期主题是{s}，{t}每题限时三十秒。"),
    "board_games": ("现场教{s}规则，新手友好。", "备好{s}和点心，玩两小时。"),
    "employee_stories": ("这次的主角讲{s}，一杯茶的时间。", "听同事聊{s}，可以匿名提问。"),
    "cross_project_task": ("跨组结对完成{s}，两周内交付。", "把{s}拆成小任务，各组认领。"),
    "course": ("讲师带练{s}，课后有作业。", "{s}从零讲起，配案例和练习。"),
}
ENDINGS = ("完成即得积分。", "结束后请为活动打分。", "回放会放在内网。", "欢迎转发给同组同事。", "")


def title_and_text(
    rng: np.random.Generator, template: str, tags: Mapping[str, float], place: str, number: int
) -> tuple[str, str]:
    """A title and a description; a quiz says how technical its questions are."""
    subjects = _subjects(template, tags)
    s = subjects[int(rng.integers(len(subjects)))]
    pattern = PATTERNS[template][int(rng.integers(len(PATTERNS[template])))]
    what = WHAT[template][int(rng.integers(len(WHAT[template])))]
    technical = tags.get("technical", 0.0)
    share = f"技术题约占{round(technical * 10)}成，" if technical > 0 else ""
    opening = OPENINGS[int(rng.integers(len(OPENINGS)))]
    ending = ENDINGS[int(rng.integers(len(ENDINGS)))]
    title = pattern.format(s=s, n=number, p=place or "线上")
    return title, opening + what.format(s=s, t=share) + ending


def _subjects(template: str, tags: Mapping[str, float]) -> Sequence[str]:
    if template == "course":
        return COURSES[max(tags, key=lambda tag: tags[tag])]
    if template != "knowledge_quiz":
        return SUBJECTS[template]
    technical = SUBJECTS[template][-4:]
    return technical if tags.get("technical", 0.0) > 0.6 else SUBJECTS[template][:-4]
