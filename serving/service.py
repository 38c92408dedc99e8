"""The BentoML service: `bentoml serve serving.service:Huoli`."""

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

# nothing may leave this machine, and spans that nobody collects only cost time
os.environ["BENTOML_DO_NOT_TRACK"] = "True"
os.environ["OTEL_SDK_DISABLED"] = "true"
# calls share the cores: a pool of threads within each waits longer than it saves
os.environ.setdefault("OMP_NUM_THREADS", "1")

import bentoml
from pydantic import ValidationError
from starlette.responses import Response

from engagement.audit import Caller
from features.errors import HuoliError
from features.home import current_home
from serving.answers import (
    Answer,
    AudienceAnswer,
    CompareAnswer,
    EventsAnswer,
    ForecastAnswer,
    PortraitAnswer,
    RecommendationsAnswer,
)
from serving.console.routes import console_routes
from serving.contract import (
    AudiencesRequest,
    CompareRequest,
    EventsRequest,
    ForecastsRequest,
    PortraitsRequest,
    RecommendationsRequest,
)
from serving.design_routes import design_routes
from serving.designs import Designs
from serving.desk import Desk
from serving.everyone import everyone_route
from serving.guard import Guard
from serving.language import language_of
from serving.live import Live
from serving.metrics import Metrics
from serving.own_portrait import own_portrait
from serving.pages import pages
from serving.preparing import SETTING, Receiver
from serving.problems import MEDIA_TYPE, Problem, not_ready, problem_bytes
from serving.readiness import Readiness
from serving.refreshing import Refreshing, made_ready
from serving.routes import routes
from serving.state import State
from serving.watcher import Watcher

# so long lists may take to be computed elsewhere before they are here when asked for
PATIENCE_SECONDS = 90.0
desk = Desk(current_home())
designs = Designs(desk)
Request = TypeVar(
    "Request",
    AudiencesRequest,
    RecommendationsRequest,
    ForecastsRequest,
    CompareRequest,
    EventsRequest,
    PortraitsRequest,
)


def _is_own_fault(record: logging.LogRecord) -> bool:
    """Whether a log record tells of more than a malformed request, which the caller hears of."""
    return not (record.exc_info and isinstance(record.exc_info[1], ValidationError))


logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_own_fault)


@bentoml.asgi_app(
    pages([
        everyone_route(desk), *routes(desk), *design_routes(designs),
        *console_routes(desk, designs),
    ]),
    path="/",
)  # fmt: skip
@bentoml.service(name="Huoli", workers=1, traffic={"timeout": 300})
class Huoli:
    """Which activities suit an employee, and who would come to an activity."""

    def __init__(self) -> None:
        lists = os.environ.get(SETTING)
        self.lists: Receiver | Refreshing = Receiver(desk, lists) if lists else Refreshing(desk)
        prepare = self._sent if lists else made_ready
        self.watcher = Watcher(desk, prepare=prepare)
        if lists:
            self.lists.start()
            desk.open(prepare)
        else:
            desk.open(prepare)
            self.lists.start()
        metrics = Metrics()
        desk.gave = metrics.gave
        self.live = Live(desk, metrics)
        self.live.start()
        # what was loaded stays for good: the collector need not look at it again
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 20, 1_000)
        # threads that compute let those go first that only answer
        sys.setswitchinterval(0.0005)
        self.watcher.start()

    @staticmethod
    def _sent(state: State) -> State:
        """The state, once another process has sent what its lists need, or it took too long."""
        if state.impersonal:
            return state
        until = time.monotonic() + PATIENCE_SECONDS
        while not desk.has_lists_of(state) and time.monotonic() < until:
            time.sleep(0.05)
        return state

    @bentoml.on_shutdown
    def stop_watching(self) -> None:
        """Let what is being taken up end before what it uses is closed."""
        designs.stop()
        self.watcher.stop()
        self.lists.stop()

    @bentoml.api(route="/v1/recommendations", output_spec=RecommendationsAnswer)
    async def recommendations(
        self, request: RecommendationsRequest, /, ctx: bentoml.Context
    ) -> Response:
        """Which activities suit one employee, or each of several."""
        caller: Caller = ctx.request.scope["caller"]
        if not desk.is_quick(request):
            return await _answered(partial(desk.recommend, caller=caller), request, ctx)
        language = request.language or language_of(ctx.request.headers.get("accept-language"))
        try:
            # read off here: handing it to a thread and back takes longer
            answer, kept = desk.listed(request, language, caller)
            desk.check_there(request, await asyncio.wrap_future(kept))
        except Problem as problem:
            return _refused(problem, language, ctx)
        except HuoliError as error:
            return _refused(not_ready([error]), language, ctx)
        return Response(answer.model_dump_json(), media_type="application/json")

    @bentoml.api(route="/v1/forecasts", output_spec=ForecastAnswer)
    async def forecasts(self, request: ForecastsRequest, /, ctx: bentoml.Context) -> Response:
        """Who would come to an activity: one of the tables, or a draft."""
        return await _answered(desk.forecast, request, ctx)

    @bentoml.api(route="/v1/events", output_spec=EventsAnswer)
    async def events(self, request: EventsRequest, /, ctx: bentoml.Context) -> Response:
        """Keep what people did about activities."""
        return await _answered(desk.receive, request, ctx)

    @bentoml.api(route="/v1/audiences", output_spec=AudienceAnswer)
    async def audiences(self, request: AudiencesRequest, /, ctx: bentoml.Context) -> Response:
        """Whom to invite to an activity."""
        caller: Caller = ctx.request.scope["caller"]
        return await _answered(partial(desk.audience, caller=caller), request, ctx)

    @bentoml.api(route="/v1/portraits", output_spec=PortraitAnswer)
    async def portraits(self, request: PortraitsRequest, /, ctx: bentoml.Context) -> Response:
        """What one person likes and when that person has time, for that person alone."""
        caller: Caller = ctx.request.scope["caller"]
        return await _answered(partial(own_portrait, desk, caller=caller), request, ctx)

    @bentoml.api(route="/v1/forecasts/compare", output_spec=CompareAnswer)
    async def compare(self, request: CompareRequest, /, ctx: bentoml.Context) -> Response:
        """How many more or fewer would come under changed designs."""
        return await _answered(desk.compare, request, ctx)


# the first stands before the second
Huoli.add_asgi_middleware(Guard, desk=desk)  # type: ignore[attr-defined]
Huoli.add_asgi_middleware(Readiness, desk=desk)  # type: ignore[attr-defined]


async def _answered(
    answer: Callable[[Request, str], Answer], request: Request, ctx: bentoml.Context
) -> Response:
    """The answer to a request in its reader's language, or the refusal that came instead."""
    accepted = ctx.request.headers.get("accept-language")
    language = request.language or language_of(accepted)
    try:
        found = await asyncio.to_thread(answer, request, language)
    except Problem as problem:
        return _refused(problem, language, ctx)
    except HuoliError as error:
        return _refused(not_ready([error]), language, ctx)
    return Response(found.model_dump_json(), media_type="application/json")


def _refused(problem: Problem, language: str, ctx: bentoml.Context) -> Response:
    # BentoML puts the context's status over that of the response
    ctx.response.status_code = problem.status
    content = problem_bytes(problem.status, problem.errors, language)
    return Response(content, problem.status, media_type=MEDIA_TYPE)
