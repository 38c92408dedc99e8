"""The pages open to all: `/docs` for people, `/docs.json` for machines; nothing from outside."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from serving.openapi import openapi_document

# the browser itself is told to load nothing from anywhere
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c2430; background: #fff }
h2 { margin-top: 2.5rem } code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { background: #f2f4f7; padding: .8rem; overflow-x: auto; border-radius: .4rem }
table { border-collapse: collapse; width: 100% } th { text-align: left }
td, th { border-bottom: 1px solid #d9dee6; padding: .3rem .6rem .3rem 0; vertical-align: top }
"""
Json = Mapping[str, Any]


def pages(more: Sequence[Route] = ()) -> Starlette:
    """The application that serves them, and more routes beside them."""
    document = openapi_document()
    html = docs_html(document)

    async def docs(_: Request) -> Response:
        return HTMLResponse(html, headers={"content-security-policy": POLICY})

    async def docs_json(_: Request) -> Response:
        return JSONResponse(document)

    async def home(_: Request) -> Response:
        return RedirectResponse("/console")

    return Starlette(
        routes=[Route("/", home), Route("/docs", docs), Route("/docs.json", docs_json), *more]
    )


def docs_html(document: Json) -> str:
    """The OpenAPI document as one page without scripts."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>",
        "<p>A key goes in <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>; ",
        "<code>huoli keys create</code> makes one. The same document for machines: ",
        "<a href='/docs.json'>/docs.json</a>.</p>",
    ]
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            parts.append(_call_html(path, method, call))
    parts.append("<h2>Schemas</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(_schema_html(name, schema))
    return "".join([*parts, "</body></html>"])


def _call_html(path: str, method: str, call: Json) -> str:
    parts = [
        f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(call['summary'])}</p>"
    ]
    body = call.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        example = json.dumps(body["example"], ensure_ascii=False, indent=2)
        parts.append(f"<p>Body: {_type_html(body['schema'])}, for example</p>")
        parts.append(f"<pre>{escape(example)}</pre>")
    rows = [
        f"<tr><td>{status}</td><td>{escape(reply['description'])}</td>"
        f"<td>{_content_html(reply)}</td></tr>"
        for status, reply in sorted(call["responses"].items())
    ]
    parts.append(
        "<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>" + "".join(rows) + "</table>"
    )
    return "".join(parts)


def _content_html(reply: Json) -> str:
    return ", ".join(_type_html(content["schema"]) for content in reply.get("content", {}).values())


def _schema_html(name: str, schema: Json) -> str:
    required = schema.get("required", [])
    rows = [
        f"<tr><td><code>{escape(field)}</code>{' *' if field in required else ''}</td>"
        f"<td>{_type_html(described)}</td><td>{escape(described.get('description', ''))}</td></tr>"
        for field, described in schema.get("properties", {}).items()
    ]
    return (
        f"<h3 id='{escape(name)}'>{escape(name)}</h3><p>{escape(schema.get('description', ''))}</p>"
        f"<table><tr><th>Field (* required)</th><th>Type</th><th>Meaning</th></tr>"
        f"{''.join(rows)}</table>"
    )


def _type_html(schema: Json) -> str:
    """The type in a few words, with a link where it has a schema of its own."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f"<a href='#{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_type_html(one) for one in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_type_html(schema.get('items', {}))}"
    return escape(str(schema.get("type", "anything")))
