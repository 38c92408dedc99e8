"""What sign-ups are held against: the forecast that was approved, and the present one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engagement.answers import newest_forecast, stored_forecast
from engagement.approvals import standing_approval
from features.history.columns import moment
from serving.answers import ForecastAnswer
from serving.console.activity import Shown
from serving.console.site import Visit

# a page that follows sign-ups shows a forecast so old while the next is computed
STALE = timedelta(minutes=10)


@dataclass(frozen=True)
class Plan:
    """A forecast on record; `approved_at` where it is the one that was approved."""

    answer: ForecastAnswer
    approved_at: str | None


def approved_plan(visit: Visit, activity: Shown) -> Plan | None:
    """The forecast by which its present design was approved, the last time that it was."""
    approval = standing_approval(visit.desk.database, activity.activity_id)
    stored = stored_forecast(visit.desk.database, approval.forecast_id) if approval else None
    # retention may have dropped it
    if approval is None or stored is None:
        return None
    return Plan(ForecastAnswer.model_validate(stored["answer"]), approval.approved_at)


def last_plan(visit: Visit, activity: Shown) -> Plan | None:
    """The last forecast that was made of an activity before its start."""
    stored = newest_forecast(visit.desk.database, activity.activity_id)
    return Plan(ForecastAnswer.model_validate(stored["answer"]), None) if stored else None


def present_forecast(visit: Visit, activity: Shown) -> ForecastAnswer:
    """The forecast by the sign-ups so far; while a newer one is computed, that of minutes ago.

    Raises:
        Problem: it cannot be forecast, or there is no model yet.
    """
    forecasts, activity_id = visit.site.forecasts, activity.activity_id
    known = forecasts.known(activity_id)
    if known is not None:
        answer = known[visit.language]
        age = moment(visit.desk.state.board.as_of) - datetime.fromisoformat(answer.as_of)
        if answer.stage == "open" and age < STALE:
            forecasts.prepare([activity])
            return answer
    return forecasts.of(activity_id)[visit.language]
