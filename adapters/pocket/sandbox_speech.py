"""How the sandbox hears requests, and how it words success and refusal: as the late server, or as the one before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from adapters.pocket.sandbox_text import Refused, form_text, json_text

SOURCE = {"X-Source": "Pocket"}
_SERVER_ERROR = "Internal Server Error"

UPSTREAM = Refused(500, 198, _SERVER_ERROR, "upstream failure")
UNAUTHORIZED = Refused(401, 198, _SERVER_ERROR, "Unauthorized")
NOT_LOGGED_IN = Refused(200, 5200, "Forbidden", "You must be logged in to use this service")


class Heard:
    """The parameters of a request: those of its body before those of its query, and the other way round for a GET.

    `params` is empty where the body cannot be read, and `flaw` says why: "long" or "garbled".
    """

    def __init__(self, request: Request, limit: int) -> None:
        self.flaw: str | None = "long" if (request.content_length or 0) > limit else None
        body = {} if self.flaw else self._body(request)
        query = request.args.to_dict()
        self.params: Mapping[str, Any] = {**body, **query} if request.method == "GET" else {**query, **body}

    def check(self, *, late: bool) -> None:
        """Raise Refused where the body could not be read, which the late server calls a fault of its own."""
        if self.flaw is None:
            return
        if late:
            raise Refused(
                500, 198, _SERVER_ERROR, "request entity too large" if self.flaw == "long" else "Unexpected token"
            )
        raise Refused(413, None, "Too large") if self.flaw == "long" else Refused(400, 192, "Invalid JSON")

    def _body(self, request: Request) -> dict[str, Any]:
        if request.mimetype != "application/json":
            return request.form.to_dict()
        try:
            body = json.loads(request.get_data() or b"{}")
        except (ValueError, RecursionError):
            self.flaw = "garbled"
            return {}
        return body if isinstance(body, dict) else {}


def late_reply(data: Mapping[str, Any]) -> Response:
    """Answer in JSON, whatever is asked for."""
    return Response(json_text(data), content_type="application/json; charset=utf-8", headers=SOURCE)


def legacy_reply(data: Mapping[str, Any], *, as_json: bool) -> Response:
    """Answer in the form that X-Accept asked for; without it even a JSON request is answered by a form."""
    if as_json:
        return Response(json_text(data, php=True), content_type="application/json", headers=SOURCE)
    return Response(form_text(data), content_type="application/x-www-form-urlencoded; charset=UTF-8", headers=SOURCE)


def late_refusal(refused: Refused, *, sourced: bool = True) -> Response:
    """Refuse in JSON. What cannot be parsed is refused by the library beneath, which knows nothing of X-Source."""
    response = late_reply({"error": refused.message or refused.error})
    if not sourced:
        del response.headers["X-Source"]
    return _marked(response, refused)


def legacy_refusal(refused: Refused) -> Response:
    """Refuse in text that is called HTML; what was wrong is in the headers alone."""
    text = f"{refused.status} {HTTP_STATUS_CODES[refused.status]}"
    return _marked(Response(text, content_type="text/html; charset=UTF-8", headers=SOURCE), refused)


def not_found() -> Response:
    """Answer what is no route, or no method of it."""
    page = "<!DOCTYPE html>\n<html><body><pre>Not Found</pre></body></html>\n"
    return Response(page, 404, content_type="text/html; charset=utf-8")


def _marked(response: Response, refused: Refused) -> Response:
    response.status_code = refused.status
    response.headers["X-Error"] = refused.error
    if refused.code is not None:
        response.headers["X-Error-Code"] = str(refused.code)
    return response
