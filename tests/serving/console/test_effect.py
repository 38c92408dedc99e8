"""What came of activities: beside the approved forecast, by team, over a series, and as files."""

import io
import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import openpyxl
import pytest
from matplotlib import font_manager
from starlette.applications import Starlette
from starlette.testclient import TestClient

from engagement.answers import Basis, store_forecast
from engagement.approvals import store_approval
from engagement.events import Event, store_events
from engagement.keys import create_key
from features.history.columns import micros
from features.history.history import History
from features.tables.schemas import TABLES
from features.tables.snapshots import write_tables
from serving.answers import Count, ForecastAnswer, TeamCount
from serving.board import Board
from serving.charts import Interval, fonts_with_chinese
from serving.console.activity import activities_of, shown
from serving.console.circumstances import Circumstances, others_of
from serving.console.effect_charts import teams_figure
from serving.console.effect_report import BOTTOM, HEIGHT, report_figure, wrapped
from serving.console.effect_sheets import as_text, workbook
from serving.console.effects import effect_of
from serving.console.judged import Against, against_past
from serving.console.lately import SETTLED, over_by_now
from serving.console.listing import Expected, expected_before
from serving.console.marks import marks_of
from serving.console.outcome import outcome_of, teams_of
from serving.console.pictures import drawn
from serving.console.reasons import reasons_of
from serving.console.review_charts import team_intervals
from serving.console.routes import console_routes
from serving.console.series import runs_of, series_of
from serving.console.usual import usual_percents
from serving.desk import Desk
from serving.guard import Guard
from serving.predictor import PastForecast
from serving.privacy import MIN_PEOPLE
from serving.state import State

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
QUIZ, GAMES = "past-10", "past-11"
DAYS = timedelta(days=1)


def _activity(tables, name, **changes):
    row = next(one for one in tables["activities"].to_pylist() if one["activity_id"] == name)
    return row | changes


def _with(tables, name, rows):
    schema = TABLES[name].arrow_schema
    kept = tables[name].to_pylist()
    ids = {one[TABLES[name].key[0]] for one in rows}
    kept = [one for one in kept if one[TABLES[name].key[0]] not in ids]
    return tables | {name: type(tables[name]).from_pylist([*kept, *rows], schema)}


@pytest.fixture(scope="module")
def company(tables):
    """The company, its quizzes a series; with activities of every empty state, and marks left."""
    quizzes = [_activity(tables, f"past-{n:02}", series_id="S") for n in range(0, 12, 2)]
    quizzes[-1] |= {"title": "=1+1 知识竞答", "reward_points": 30.0}
    last = _activity(tables, GAMES)
    late = last["starts_at"] + timedelta(days=60)
    when = {"starts_at": late, "ends_at": late + timedelta(hours=1)}
    more = [
        last | when | {"activity_id": "waiting"},
        last | when | {"activity_id": "off", "cancelled_at": late - timedelta(days=2)},
        last | when | {"activity_id": "alone", "audience": json.dumps({"function": ["none"]})},
        last | when | {"activity_id": "three", "audience": json.dumps({"function": ["corporate"]})},
    ]  # fmt: skip
    now = {"starts_at": UNTIL - timedelta(hours=1), "ends_at": UNTIL + timedelta(hours=1)}
    more.append(last | now | {"activity_id": "now"})
    rd = {"activity_id": "rd", "audience": json.dumps({"function": ["R&D"]})}
    more.append(last | when | rd)
    found = _with(tables, "activities", [*quizzes, *more])
    did = [("E00", "commented", None), ("E00", "commented", None), ("E01", "liked", None),
           ("E02", "shared", None), ("E03", "progressed", 0.5), ("E04", "completed", None),
           *((f"E{n:02}", "rated", 4.0) for n in range(5)), ("E04", "rated", 2.0)]  # fmt: skip
    at = quizzes[-1]["starts_at"]
    rows = [
        {"participation_id": f"m{n}", "employee_id": who, "activity_id": QUIZ, "kind": kind,
         "occurred_at": at + timedelta(hours=n + 1), "value": value}
        for n, (who, kind, value) in enumerate(did)
    ]  # fmt: skip
    rows += [
        {"participation_id": f"n{n}", "employee_id": f"E{n:02}", "activity_id": "now",
         "kind": "attended", "occurred_at": UNTIL - timedelta(minutes=9), "value": None}
        for n in range(3)
    ]  # fmt: skip
    return _with(found, "participations", rows)


@pytest.fixture
def desk(home, company, predictor):
    write_tables(home, company, UNTIL, "test", {})
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | company
    board = Board(History.from_tables(every, UNTIL), micros(UNTIL))
    tables = {name: every[name] for name in ("activities", "employees", "memberships")}
    found = Desk(home, State(board, UNTIL, predictor, imported_until=UNTIL, tables=tables))
    found.open()
    predictor.asked.clear()
    yield found
    found.close()


def told_of(desk, name, overall=(20, 10, 15, 12), teams=()):
    """A forecast kept and approved before the activity began: (invited, low, high, expected)."""

    def count(invited, low, high, expected):
        rates = {"rate_percent": 0, "rate_low_percent": 0, "rate_high_percent": 0}
        return {"invited": invited, "expected": expected, "low": low, "high": high} | rates

    answer = ForecastAnswer(
        forecast_id=f"f-{name}", activity_id=name, draft_hash=None, as_of="", data_until="",
        model_version="1", stage="launch", unit="attendance", overall=Count(**count(*overall)),
        by_function=[TeamCount(team=team, merged=merged, **count(*numbers))
                     for team, merged, numbers in teams],
        by_project_group=[], by_city=[], usual_percent=40,
        drivers=[{"group": "theme", "label": "theme", "points": -6, "error": 0.5}], notes=[],
    )  # fmt: skip
    at = UNTIL - 300 * DAYS
    store_forecast(desk.database, Basis(at, at, at, "1", "x"), {
        "forecast_id": answer.forecast_id, "activity_id": name, "stage": "launch", "draft": None,
        "n_invited": overall[0], "unit": "attendance", "quantiles": {},
        "answer": answer.model_dump(mode="json"),
    })  # fmt: skip
    store_approval(desk.database, name, answer.forecast_id, "k", "李敏", "", at)
    return answer


def effect(desk, name):
    return effect_of(desk, shown(activities_of(desk).get(name)))


@pytest.fixture
def pages(desk):
    """A browser of an HR reviewer."""
    client = TestClient(Guard(Starlette(routes=console_routes(desk, None)), desk))
    client.post("/console/sign-in", data={"key": create_key(desk.database, "hr_reviewer", "t")[1]})
    return client


def page(pages, name, end="", language="en"):
    return pages.get(f"/console/activities/{name}/effect{end}?lang={language}")


def test_turnout_is_the_boards_own(desk):
    board = desk.state.board
    place = board.history.activity_index(QUIZ)
    found = outcome_of(board, place)
    assert (found.unit, found.came) == ("attendance", board.took_part(place, board.unit(place)))
    assert found.came == found.came_mask.sum() == 11
    assert found.n_invited == board.history.invited_by_start(place).sum()


@pytest.mark.parametrize(("n", "told"), [(4, 0), (5, 5)])
def test_who_came_uninvited_counts_in_no_rate(desk, pages, n, told):
    known = effect(desk, QUIZ)
    board = desk.state.board
    invited = known.outcome.invited & (np.arange(len(known.outcome.invited)) >= n)
    outcome = replace(known.outcome, invited=invited)
    assert outcome.uninvited == 0
    who = outcome.came_mask.copy()
    who[:n] = True
    assert replace(outcome, came_mask=who).uninvited == told
    # from the board: whoever is not of the audience is not of those who came
    events = [Event(f"u{at}", f"E{at}", "rd", "attended", UNTIL - DAYS) for at in range(10, 10 + 8)]
    store_events(desk.database, events, UNTIL - DAYS)
    desk.keep_up()
    board = desk.state.board
    found = outcome_of(board, board.history.activity_index("rd"), "attendance")
    assert (found.came, board.took_part(found.place, "attendance")) == (4, 8)
    assert (found.percent, found.uninvited) == (round(100 * 4 / 14), 0)


def test_others_are_those_before_it_that_are_settled(desk):
    board = desk.state.board
    place = board.history.activity_index("past-06")
    others = others_of(board, place, series_of(board, place))
    assert [int(one.starts) < outcome_of(board, place).starts for one in others] == [True] * 3
    last = outcome_of(board, board.history.activity_index(QUIZ))
    later = replace(board, as_of=last.starts + 2 * 3600 * 10**6, now=None)
    assert last.place in over_by_now(later)
    assert last.place not in over_by_now(later, SETTLED)
    running = board.history.activity_index("now")
    assert QUIZ in {board.history.activities.ids[one.place]
                    for one in others_of(board, running, [last] * 2)}  # fmt: skip
    assert last not in others_of(later, running, [last] * 2)


def test_teams_under_five_are_shown_with_others_alone(desk):
    board = desk.state.board
    outcome = outcome_of(board, board.history.activity_index(QUIZ))
    for parts in teams_of(board, outcome, None).values():
        assert all(part.invited >= MIN_PEOPLE for part in parts)
        assert sum(part.invited for part in parts) in (0, outcome.n_invited)
    names = {part.team for part in teams_of(board, outcome, None)["function"]}
    assert "corporate" not in names


def test_teams_are_those_that_the_approved_forecast_told_of(desk):
    told = told_of(desk, QUIZ, teams=[("R&D", False, (14, 2, 5, 4)), ("x", True, (10, 0, 3, 1))])
    found = effect(desk, QUIZ)
    first, second = found.lines["function"]
    assert (first.part.team, first.told.expected, first.outside) == ("R&D", 4, first.part.came - 5)
    assert (second.part.merged, second.told.high) == (True, 3)
    assert found.lines["city"] == []
    assert found.approved.told == told


def test_the_approved_forecast_is_read_and_none_is_computed(desk, predictor):
    told_of(desk, QUIZ, overall=(24, 12, 18, 15))
    found = effect(desk, QUIZ)
    assert vars(found.against) == {"came": 11, "expected": 15, "low": 12, "high": 18}
    assert (found.against.outside, found.direction, found.is_check) == (-1, -1, False)
    assert predictor.asked == []


def test_surprises_come_first(desk):
    told_of(desk, QUIZ, teams=[("customer success", False, (8, 0, 2, 0)),
                               ("R&D", False, (14, 1, 3, 2))])  # fmt: skip
    teams = [(line.part.team, line.part.merged) for line in effect(desk, QUIZ).lines["function"]]
    assert teams[0] == ("R&D", False)


def test_without_an_approval_a_later_check_is_shown_as_such(desk, predictor, pages):
    assert effect(desk, QUIZ).against is None
    assert "No forecast was approved, so there is none" in page(pages, QUIZ).text
    predictor.past = [PastForecast(QUIZ, 14.6, 12.7, 17.1, 11)]
    found = effect(desk, QUIZ)
    assert (found.is_check, found.against) == (True, Against(11, 15, 12, 18))
    text = page(pages, QUIZ).text
    assert "from a check made later" in text
    assert "Beside the later check" in text
    assert against_past(3, predictor.past, "other") is None
    # the list has the same interval
    visit = type("Visitor", (), {"desk": desk})()
    assert expected_before(visit, [found.activity])[QUIZ] == Expected(15, 12, 18, "backtest")


def test_the_usual_rate_knows_nothing_of_the_start_or_after(desk):
    board = desk.state.board
    place = board.history.activity_index(QUIZ)
    outcome = outcome_of(board, place)
    earlier = [board.history.activity_index(f"past-{n:02}") for n in range(5, 10)]
    outcomes = [outcome_of(board, one) for one in earlier]
    counted = outcome.invited & ~board.history.refuses(board.as_of)
    came = sum((one.came_mask & one.invited & counted).sum() for one in outcomes)
    asked = sum((one.invited & counted).sum() for one in outcomes)
    (found,) = usual_percents(board, place, outcome.starts, [outcome.invited])
    assert found == round(100 * came / asked)
    few = outcome.invited.copy()
    few[4:] = False
    assert usual_percents(board, place, outcome.starts, [few]) == [None]


def test_marks_are_counted_by_import_and_by_event(desk, pages):
    found = marks_of(desk, QUIZ)
    # of one to four people nothing is told
    assert (found.comments, found.likes, found.shares, found.begun) == (None,) * 4
    assert found.viewed == 0
    # the last rating of a person counts
    assert (found.ratings, found.n_ratings, found.mean_rating) == (None, 5, 3.6)
    liked = [Event(f"x{n}", f"E{n:02}", QUIZ, "liked", UNTIL - DAYS) for n in range(2, 7)]
    store_events(desk.database, liked, UNTIL - DAYS)
    assert marks_of(desk, QUIZ).likes is None
    desk.keep_up()
    assert marks_of(desk, QUIZ).likes == 6
    assert "fewer than five" in page(pages, QUIZ).text


def test_ratings_spread_in_fives_of_a_hundred_from_twenty_on(desk, pages):
    def rated(people, stars):
        events = [Event(f"r{n}", f"E{n:02}", QUIZ, "rated", UNTIL - DAYS, stars) for n in people]
        store_events(desk.database, events, UNTIL - DAYS)
        desk.keep_up()
        return marks_of(desk, QUIZ).ratings

    assert rated(range(19), 5.0) is None
    assert rated([19], 1.0) == (5, 0, 0, 0, 95)
    # one more rating does not show
    assert rated([20], 5.0) == (5, 0, 0, 0, 95)
    assert "<td>95%</td>" in page(pages, QUIZ).text


def test_nothing_of_whoever_refuses_profiling_counts_as_usual(desk):
    board = desk.state.board
    place = board.history.activity_index(QUIZ)
    starts = int(board.history.activities.starts[board.rows[place]])
    rd = board.history.teams("function", board.as_of - 1) == "R&D"
    refuses = board.history.refuses(board.as_of)
    assert (rd & refuses).any()
    found = usual_percents(board, place, starts, [rd, rd & ~refuses, refuses])
    assert (found[0], found[2]) == (found[1], None)


def test_the_workbooks_day_is_that_of_the_place(desk, pages, reader):
    found = effect(desk, QUIZ)
    late = replace(found, activity=shown_at(found.activity, "2026-03-01T20:00:00+00:00"))
    book = openpyxl.load_workbook(io.BytesIO(workbook(reader, late)))
    assert book.worksheets[0]["B3"].value == datetime(2026, 3, 2)


def shown_at(activity, starts_at):
    return type(activity)(dict(activity.content) | {"starts_at": starts_at}, activity.etag,
                          activity.phase)  # fmt: skip


def test_runs_of_a_series_are_compared_function_by_function(desk):
    board = desk.state.board
    runs = runs_of(board, desk.database, series_of(board, board.history.activity_index(QUIZ)))
    assert [run.activity_id for run in runs] == [f"past-{n:02}" for n in range(0, 12, 2)]
    assert all(set(run.functions) <= {"R&D", "customer success"} for run in runs)
    assert runs[-1].functions["R&D"] == round(100 * 11 / 14)
    assert series_of(board, board.history.activity_index(GAMES)) == []


def held(**more):
    return Circumstances(**{
        "place": 0, "percent": 50, "weekday": 2, "hour": 15.0, "notice_days": 14, "reward": 30.0,
        "topics": {"technical": 1.0}, "same_day": [], "asked_lately": 1.0,
    } | more)  # fmt: skip


@pytest.mark.parametrize(
    ("more", "text", "advice"),
    [
        ({"topics": {"corporate": 1.0}}, "Its main topic was {own}", "Give more room"),
        ({"hour": 8.0}, "It began at {time}", "Try {day}, {time}"),
        ({"notice_days": 3}, "It was announced", "Announce it at least"),
        ({"same_day": [0]}, "Another activity of that day", "Choose a day"),
        ({"asked_lately": 4.0}, "In the two weeks before", "Leave more days"),
        ({"reward": 10.0}, "It gave {n} points", "Try the {m} points"),
    ],
)
def test_what_stood_out_is_told_where_turnout_went_that_way(desk, more, text, advice):
    others = [held(percent=48), held(percent=55)]
    (found,) = reasons_of(desk.state.board, held(percent=30, **more), others, -1)
    assert found.words.template.startswith(text)
    assert found.advice.template.startswith(advice)
    assert reasons_of(desk.state.board, held(percent=30, **more), others, 1) == []
    assert reasons_of(desk.state.board, held(percent=30), others, 0) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_tells_turnout_reasons_and_the_next_step(desk, pages, language):
    told_of(desk, QUIZ)
    found = page(pages, QUIZ, language=language)
    assert found.status_code == 200
    assert "copy=past-10" in found.text
    assert "/console/activities/past-08/effect" in found.text
    assert "李敏" in found.text
    assert "<svg" in found.text


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("waiting", "No attendance is recorded yet"),
        ("off", "before it began: nobody could come"),
        ("alone", "Nobody was invited"),
        ("three", "Fewer than five people were invited"),
        ("quiz-all", "It has not begun yet"),
    ],
)
def test_where_there_is_no_turnout_the_page_says_why(pages, name, says):
    found = page(pages, name)
    assert found.status_code == 200
    assert says in found.text
    assert page(pages, name, "/pdf").status_code == 404


def test_what_is_still_running_is_not_judged(desk, pages):
    told_of(desk, "now", overall=(24, 12, 18, 15))
    text = page(pages, "now").text
    assert "It is still running: 3 have come so far; 15 were expected" in text
    assert "Next time" not in text
    assert "Teams stand here once it is over." in text
    assert effect(desk, "now").lines == {}
    assert "fewer than" not in text


def test_files_are_of_their_kinds(desk, pages):
    told_of(desk, QUIZ)
    assert page(pages, QUIZ, "/pdf").content.startswith(b"%PDF")
    assert page(pages, QUIZ, "/png").content.startswith(b"\x89PNG")
    assert "attachment" in page(pages, QUIZ, "/png").headers["content-disposition"]
    assert page(pages, QUIZ, "/exe").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_workbook_has_numbers_as_numbers_and_no_formula(desk, pages, language):
    told_of(desk, QUIZ, teams=[("R&D", False, (14, 1, 3, 2)), ("x", True, (10, 0, 3, 1))])
    content = page(pages, QUIZ, "/xlsx", language).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert any(cell.value == "=1+1 知识竞答" for cell in cells)
    whole, teams, series = book.worksheets
    assert whole["A1"].value == {"en": "What", "zh": "内容"}[language]
    numbers = [cell.value for cell in teams[2]][2:9]
    assert all(isinstance(number, int | float) for number in numbers)
    assert series.max_row == 7


def test_the_workbook_counts_progress_where_there_is_any(desk, reader):
    def heads(name):
        book = openpyxl.load_workbook(io.BytesIO(workbook(reader, effect(desk, name))))
        return {cell.value for cell in book.worksheets[0]["A"]}

    assert {"Began it", "Completed it"} <= heads(QUIZ)
    assert not {"Began it", "Completed it"} & heads(GAMES)


def test_functions_far_below_their_usual_are_named_for_next_time(desk, pages, monkeypatch):
    found = effect(desk, QUIZ)
    line = next(one for one in found.lines["function"] if one.part.team == "R&D")
    fallen = replace(line, usual=line.part.percent + 10)
    near = replace(line, usual=line.part.percent + 9)
    merged = replace(fallen, part=replace(line.part, merged=True))
    low = replace(found, reasons=(), lines={"function": [near, merged, fallen]})
    assert low.far_below == [(fallen, fallen.usual)]
    monkeypatch.setattr("serving.console.effect.effect_of", lambda *_: low)
    text = page(pages, QUIZ).text
    assert f"R&amp;D: {line.part.percent} of 100 invited took part, 10 fewer" in text
    assert 'href="/console/portraits?by=function&amp;team=R%26D"' in text
    assert "Nothing in its design" not in text


@pytest.mark.parametrize(
    ("apart", "outside", "heading"),
    [(3, 0, "What was different"), (4, 0, "Possible reasons"), (3, 5, "Possible reasons")],
)
def test_turnout_as_usual_is_not_explained(desk, pages, monkeypatch, apart, outside, heading):
    told_of(desk, QUIZ)
    found = effect(desk, QUIZ)
    came = found.outcome.came
    found = replace(found, usual=found.outcome.percent + apart,
                    against=Against(came, came, came - 5, came + 5 - 2 * outside))  # fmt: skip
    assert found.is_as_usual == (heading == "What was different")
    monkeypatch.setattr("serving.console.effect.effect_of", lambda *_: found)
    text = page(pages, QUIZ).text
    assert f"<h2>{heading}</h2>" in text
    assert ("there is nothing to explain" in text) == found.is_as_usual


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "plain\x07"])
def test_no_text_becomes_a_formula(text):
    sheet = openpyxl.Workbook().active
    as_text(sheet["A1"], text)
    assert sheet["A1"].data_type == "s"
    assert sheet["A1"].quotePrefix is (text[0] in "=+-@")


def content_of(n_reasons, language):
    text = {
        "zh": "本期在周五 15:30 开始；其他时段的各期约有 58% 的受邀者参与，€ é — “技术”·",
        "en": "It began at 15:30 on Friday; runs at other times drew about 58 of 100",
    }[language]
    row = {"low": 20, "expected": 30, "high": 45, "came": 50}
    team = {"name": "研发中心 R&D", "is_outside": True, "usual": None, **row}
    return {
        "kind": "活动效果", "title": "故障演练挑战赛" * 9, "under": text,
        "facts": [("38%", text)] * 6, "said": [text * 2] * 3,
        "overall": {"row": row, "names": [text[:9], "实际参与"]},
        "teams": {"name": "按职能", "rows": [team] * 12, "label": "比例",
                  "names": ["甲", "乙", "丙"]},
        "runs_name": "本系列各期",
        "runs": {"lines": [("全部受邀者", [40, None, 60])], "days": ["2026-01-01"] * 3, "here": 1,
                 "label": "参与率"},
        "lists": [("可能的原因", [text * 2] * n_reasons), ("下次可以怎么做", [text] * n_reasons)],
        "foot": text,
    }  # fmt: skip


def test_a_mark_means_the_same_with_a_forecast_and_without():
    told = {"name": "A", "low": 20, "expected": 30, "high": 45, "usual": None, "came": 50}
    untold = {"name": "A", "low": None, "expected": None, "high": None, "usual": 40, "came": 50}

    def marks(row, names):
        figure = teams_figure([row | {"is_outside": row is told}], "share", names)
        handles = figure.axes[0].get_legend().legend_handles
        return [(one.get_marker(), one.get_markerfacecolor() != "white") for one in handles]

    dot, ring, upright = ("o", True), ("o", False), ("|", True)
    assert marks(told, ["forecast", "came", "outside"]) == [dot, ring, ring]
    assert marks(untold, ["usual", "came"]) == [upright, ring]
    figure = team_intervals([(0, Interval("A", 0.3, 0.2, 0.45, 0.4))], "rate", ("f", "usual"), None)
    handles = figure.axes[0].get_legend().legend_handles
    assert [one.get_marker() for one in handles] == ["o", "|"]


@pytest.mark.skipif(not fonts_with_chinese(), reason="no font with Chinese is installed")
def test_a_font_installed_after_matplotlib_listed_them_is_found(monkeypatch):
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    # what was found before is kept
    fonts_with_chinese.cache_clear()
    assert fonts_with_chinese()
    fonts_with_chinese.cache_clear()


@pytest.mark.skipif(not fonts_with_chinese(), reason="no font with Chinese is installed")
@pytest.mark.parametrize("kind", ["pdf", "png"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_character_of_a_saved_page_is_missing_from_its_font(kind, language):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing from font")
        assert len(drawn(report_figure, {"content": content_of(2, language)}, kind)) > 10_000


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("n_reasons", [0, 1, 4])
def test_nothing_is_written_over_the_foot_or_the_margin(n_reasons, language):
    figure = report_figure(content_of(n_reasons, language))
    above = [text.get_position()[1] for text in figure.texts[:-1]]
    assert min(above) >= BOTTOM / HEIGHT
    assert all(axes.get_position().y0 >= BOTTOM / HEIGHT for axes in figure.axes)


def test_lines_break_between_chinese_characters_and_never_before_a_comma():
    lines = wrapped("一二三四五，六七八九十。Some words, and more words", 10)
    assert not any(line[0] in "，。" for line in lines)
    assert "".join(lines).replace(" ", "").startswith("一二三四五，六七八九十。Some")
