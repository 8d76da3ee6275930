"""The answers of the sandbox as responses."""

from __future__ import annotations

import gzip
from typing import Any

from werkzeug.wrappers import Request, Response

from adapters.nextcloud_news.sandbox_text import MAINTENANCE_PAGE_BYTES, failure_page, json_text

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=UTF-8"
SHUT_OUT = "Reached maximum delay"


def json_reply(data: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json_text(data), status, content_type=JSON)


def html_reply(page: str, status: int = 200) -> Response:
    """Answer with a page."""
    return Response(page, status, content_type=HTML)


def empty(status: int) -> Response:
    """Answer with nothing but a status, as where there is no such route; it does not say which methods there are."""
    return html_reply("", status)


def failure(status: int) -> Response:
    """Word a failing status as Nextcloud does: in JSON where the login is refused, else in HTML."""
    if status in {401, 429}:
        return json_reply({"message": SHUT_OUT if status == 429 else ""}, status)
    if status == 503:
        return _maintenance()
    return html_reply(failure_page("Internal Server Error", "The sandbox could not do what was asked."), status)


def zipped(request: Request, response: Response) -> Response:
    """Compress an answer if the client takes that: only JSON is, and only where all went well."""
    if response.status_code == 200 and response.content_type == JSON and request.accept_encodings.quality("gzip"):
        response.set_data(gzip.compress(response.get_data(), compresslevel=1, mtime=0))
        response.content_encoding = "gzip"
    return response


def _maintenance() -> Response:
    page = failure_page("Maintenance mode", "The sandbox is being maintained. Come back later.", MAINTENANCE_PAGE_BYTES)
    response = html_reply(page, 503)
    response.headers["Retry-After"] = "120"
    response.headers["X-Nextcloud-Maintenance-Mode"] = "1"
    return response
