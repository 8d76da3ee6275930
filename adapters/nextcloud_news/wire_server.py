"""What Nextcloud itself sends, as the vendor writes it: status.php, login flow v2, OCS. Secrets are in no repr."""
# ruff: noqa: N815

from __future__ import annotations

import attrs

from adapters.lenient import JSON, Garbled, converter, text
from adapters.nextcloud_news.wire import holding


@attrs.frozen
class ServerStatus:
    """What status.php says of Nextcloud itself, even in maintenance."""

    installed: bool
    maintenance: bool = False
    needsDbUpgrade: bool = False
    version: str = ""
    versionstring: str = ""
    productname: str = ""


@attrs.frozen
class Poll:
    """Where to ask whether access was granted, and by which token."""

    token: str = attrs.field(repr=False)
    endpoint: str = ""


@attrs.frozen
class Flow:
    """A login flow that has begun: `login` is the page that the person has to open."""

    poll: Poll
    login: str = attrs.field(repr=False)


@attrs.frozen
class Granted:
    """The answer to a poll after the person granted access. The server gives it once and then forgets it."""

    server: str
    loginName: str
    appPassword: str = attrs.field(repr=False)


@attrs.frozen
class CloudUser:
    """Who is logged in, by OCS."""

    id: str
    displayname: str = ""
    email: str | None = None
    enabled: bool = True


_CONVERTER = converter()


def decode_server_status(body: bytes) -> ServerStatus:
    """Read status.php. Raises Garbled."""
    return _CONVERTER.structure(holding(body, "installed"), ServerStatus)


def decode_flow(body: bytes) -> Flow:
    """Read the answer that begins a login flow. Raises Garbled."""
    return _CONVERTER.structure(holding(body, "poll"), Flow)


def decode_granted(body: bytes) -> Granted:
    """Read the answer that ends a login flow. Raises Garbled."""
    granted = _CONVERTER.structure(holding(body, "appPassword"), Granted)
    if not (granted.loginName and granted.appPassword):
        raise Garbled("without a login")
    return granted


def decode_app_password(body: bytes) -> str:
    """Read core/getapppassword of OCS. Raises Garbled."""
    data = _ocs(body)
    found = text(data.get("apppassword")) if isinstance(data, dict) else ""
    if not found:
        raise Garbled("without an app password")
    return found


def decode_revoked(body: bytes) -> None:
    """Read the answer to core/apppassword of OCS. Raises Garbled, also where it says that it failed."""
    _ocs(body)


def decode_cloud_user(body: bytes) -> CloudUser:
    """Read cloud/user of OCS. Raises Garbled."""
    return _CONVERTER.structure(_ocs(body), CloudUser)


def _ocs(body: bytes) -> JSON:
    """Return the data of an OCS envelope. Raises Garbled if there is none, or if it says that something failed."""
    envelope = holding(body, "ocs")["ocs"]
    meta = envelope.get("meta") if isinstance(envelope, dict) else None
    if not isinstance(meta, dict) or meta.get("status") != "ok":
        raise Garbled("not an answer of OCS that says ok")
    return envelope.get("data")
