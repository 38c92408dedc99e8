"""`/readyz`: whether lists are given, by which model, and what is not as it should be."""

from starlette.requests import Request
from starlette.responses import Response

from serving.bodies import Message, Receive
from serving.desk import Desk
from serving.guard import Asgi
from serving.language import language_of
from serving.replies import Send


class Readiness:
    """Answers /readyz in the reader's language, before BentoML's own answer of one bare line."""

    def __init__(self, app: Asgi, desk: Desk) -> None:
        self.app = app
        self.desk = desk

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer the one address, and hand everything else on."""
        if scope["type"] != "http" or scope["path"] != "/readyz":
            await self.app(scope, receive, send)
            return
        language = language_of(Request(scope).headers.get("accept-language"))
        answer = self.desk.readiness(language)
        status = 200 if answer.ready else 503
        reply = Response(answer.model_dump_json(), status, media_type="application/json")
        await reply(scope, receive, send)
