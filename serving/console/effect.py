"""The page of what came of an activity."""

from starlette.responses import Response

from serving.charts import fonts_with_chinese
from serving.console.effect_pictures import (
    overall_picture,
    ratings_picture,
    run_heads,
    runs_picture,
    runs_table,
    team_pictures,
)
from serving.console.effect_words import (
    drivers_in,
    notes_in,
    portraits_in,
    reasons_in,
    reasons_name,
    verdict_of,
)
from serving.console.effects import effect_of
from serving.console.site import Visit


def read(visit: Visit) -> Response:
    """The page; of an activity without turnout it says why there is none."""
    found = effect_of(visit.desk, visit.activity())
    return visit.page(
        "effect.html", found.activity.title, activity=found.activity, effect=found,
        verdict=verdict_of(visit, found), notes=notes_in(visit, found),
        lacks_font=visit.language == "zh" and not fonts_with_chinese(),
        overall=overall_picture(visit, found), teams=team_pictures(visit, found),
        ratings=ratings_picture(visit, found), runs=runs_picture(visit, found),
        run_heads=run_heads(visit), table=runs_table(visit, found),
        drivers=drivers_in(visit, found), reasons=reasons_in(visit, found),
        reasons_name=reasons_name(visit, found), portraits=portraits_in(visit, found),
    )  # fmt: skip
