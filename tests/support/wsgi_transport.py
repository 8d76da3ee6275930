"""Carries the requests of a client to a sandbox in this process, without a socket."""

from __future__ import annotations

import gzip
import io
import urllib.parse
from typing import Any

import requests
from requests.adapters import BaseAdapter
from werkzeug.test import Client


class WsgiTransport(BaseAdapter):
    """A network that consists of one WSGI app: a broken answer is an error of `requests`. `urls` are what was asked."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.app = app
        self.urls: list[str] = []

    def send(self, request: requests.PreparedRequest, **_settings: Any) -> requests.Response:
        self.urls.append(request.url or "")
        try:
            url = urllib.parse.urlsplit(request.url or "")
            answer = Client(self.app).open(
                url._replace(scheme="", netloc="").geturl(),
                base_url=f"{url.scheme}://{url.netloc}/",
                method=request.method,
                headers=list(request.headers.items()),
                data=request.body or b"",
            )
        except ConnectionError:
            raise requests.exceptions.ConnectionError(request.url) from None
        body = answer.get_data()
        if int(answer.headers["Content-Length"]) > len(body):
            raise requests.exceptions.ChunkedEncodingError(request.url)
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(gzip.decompress(body) if answer.content_encoding == "gzip" else body)
        return response

    def close(self) -> None:
        """Have nothing to close."""
