"""Faults of the config, and of the secrets that it names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import keyring
from keyring.backends import fail, null

from bridge.settings import credentials
from tests.support.scene import Fault, Scene

CHECK = "accounts"
TO_PINBOARD = "migrate export.csv pinboard"


def config(text: str):  # type: ignore[no-untyped-def]
    return lambda scene: scene.configure(text, alone=True)


def more(text: str):  # type: ignore[no-untyped-def]
    return lambda scene: scene.configure(text)


def account(secret: str):  # type: ignore[no-untyped-def]
    return lambda scene: scene.configure(f'[accounts.pinboard]\nservice = "pinboard"\ntoken = {secret}', alone=True)


def anybody_writes(scene: Scene) -> None:
    scene.config.chmod(0o666)


def open_secret(scene: Scene) -> None:
    scene.write("token", "sandbox:0000").chmod(0o644)
    account(f'{{ file = "{scene.desk / "token"}" }}')(scene)


def hangs(scene: Scene) -> None:
    scene.patch.setattr(credentials, "from_command", partial(credentials.from_command, seconds=0.1))
    account('{ command = ["sleep", "9"] }')(scene)


def keyring_is(backend: object):  # type: ignore[no-untyped-def]
    def spoil(scene: Scene) -> None:
        before = keyring.get_keyring()
        scene.stack.callback(keyring.set_keyring, before)
        keyring.set_keyring(backend)  # type: ignore[arg-type]
        account("{ keyring = true }")(scene)

    return spoil


def no_keyring_library(scene: Scene) -> None:
    scene.patch.setitem(sys.modules, "keyring", None)
    account("{ keyring = true }")(scene)


FAULTS: Sequence[Fault] = [
    Fault("no TOML", config('[accounts.mine\nservice = "pinboard"'), CHECK, 3, "?", "?"),
    Fault("no text", lambda s: s.config.write_bytes(b"\xff\xfe"), CHECK, 3, "?", "?"),
    Fault(
        "an unknown key",
        more('[jobs.a]\nkind = "migrate"\nsource = "a.zip"\ntarget = "pinboard"\nexistng = "merge"'),
        CHECK,
        3,
        "?",
        "?",
    ),
    Fault("an unknown section", more("[job.a]"), CHECK, 3, "?", "?"),
    Fault(
        "a wrong type",
        more('[jobs.a]\nkind = "migrate"\nsource = "a.zip"\ntarget = "pinboard"\ntags = { add = "x" }'),
        CHECK,
        3,
        "?",
        "?",
    ),
    Fault("a missing key", more('[jobs.a]\nkind = "mirror"\nleft = "pinboard"'), CHECK, 3, "?", "?"),
    Fault("an unknown service", more('[accounts.a]\nservice = "pinbord"'), CHECK, 3, "?", "?"),
    Fault(
        "several faults",
        config('[accounts.a]\n[jobs.b]\nkind = "mirror"\nleft = 1\nright = "x"\nfull = "soon"'),
        CHECK,
        3,
        "?",
        "?",
    ),
    Fault(
        "a gap that Pinboard forbids",
        config('[accounts.a]\nservice = "pinboard"\ntoken = { env = "T" }\ngaps = { default = "1s" }'),
        CHECK,
        3,
        "?",
        "?",
    ),
    Fault("a config that others may write", anybody_writes, CHECK, 3, "?", "?"),
    Fault("a config that is missing", lambda s: s.config.unlink(), CHECK, 3, "?", "?"),
    Fault("a config that is a folder", lambda s: (s.config.unlink(), s.config.mkdir()), CHECK, 3, "?", "?"),
    Fault("a secret in the config itself", account('"sandbox:0000"'), CHECK, 3, "?", "?"),
    Fault("a secret file that others may read", open_secret, TO_PINBOARD, 3, "?", "?"),
    Fault("a secret file that is missing", account('{ file = "token" }'), TO_PINBOARD, 3, "?", "?"),
    Fault("a command that fails", account('{ command = ["false"] }'), TO_PINBOARD, 3, "?", "?"),
    Fault("a command that is missing", account('{ command = ["no-such-program"] }'), TO_PINBOARD, 3, "?", "?"),
    Fault("a command that says nothing", account('{ command = ["true"] }'), TO_PINBOARD, 3, "?", "?"),
    Fault("a command that hangs", hangs, TO_PINBOARD, 3, "?", "?"),
    Fault("no keyring on this machine", keyring_is(fail.Keyring()), TO_PINBOARD, 3, "?", "?"),
    Fault("a keyring without the secret", keyring_is(null.Keyring()), TO_PINBOARD, 3, "?", "?"),
    Fault("no keyring library", no_keyring_library, TO_PINBOARD, 3, "?", "?"),
    Fault("no account at all", config(""), "check", 3, "?", "?"),
    Fault("no job at all", lambda s: None, "run", 3, "?", "?"),
]
