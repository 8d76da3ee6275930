"""Faults of the _config, and of the secrets that it names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import keyring
from keyring.backends import fail, null

from bridge.settings import credentials
from tests.support.scene import Fault, Scene, Spoil

_LOGINS = ("PINBOARD_TOKEN", "POCKET_CONSUMER_KEY", "POCKET_ACCESS_TOKEN", "NEXTCLOUD_APP_PASSWORD")
CHECK = "accounts"
TO_PINBOARD = "migrate export.csv pinboard"


def _config(text: str) -> Spoil:
    return lambda scene: scene.configure(text, alone=True)


def _more(text: str) -> Spoil:
    return lambda scene: scene.configure(text)


def _account(secret: str) -> Spoil:
    return lambda scene: scene.configure(f'[accounts.pinboard]\nservice = "pinboard"\ntoken = {secret}', alone=True)


def _nobody(scene: Scene) -> None:
    scene.configure("", alone=True)
    scene.export(**dict.fromkeys(_LOGINS, ""))


def _a_folder(scene: Scene) -> None:
    scene.config.unlink()
    scene.config.mkdir()


def _anybody_writes(scene: Scene) -> None:
    scene.config.chmod(0o666)


def _open_secret(scene: Scene) -> None:
    scene.write("token", "sandbox:0000").chmod(0o644)
    _account(f'{{ file = "{scene.desk / "token"}" }}')(scene)


def _hangs(scene: Scene) -> None:
    scene.patch.setattr(credentials, "from_command", partial(credentials.from_command, seconds=0.1))
    _account('{ command = ["sleep", "9"] }')(scene)


def _keyring_is(backend: object) -> Spoil:
    def spoil(scene: Scene) -> None:
        before = keyring.get_keyring()
        scene.stack.callback(keyring.set_keyring, before)
        keyring.set_keyring(backend)  # type: ignore[arg-type]
        _account("{ keyring = true }")(scene)

    return spoil


def _no_keyring_library(scene: Scene) -> None:
    scene.patch.setitem(sys.modules, "keyring", None)
    _account("{ keyring = true }")(scene)


FAULTS: Sequence[Fault] = [
    Fault(
        "no TOML",
        _config('[accounts.mine\nservice = "pinboard"'),
        CHECK,
        3,
        "The config file HOME/config.toml is not TOML: Expected ']' at the end of a table declaration (at"
        " line 2, column 15).",
        "Correct it there.",
    ),
    Fault(
        "no text",
        lambda scene: scene.config.write_bytes(b"\xff\xfe"),
        CHECK,
        3,
        "The config file HOME/config.toml is not text in UTF-8.",
        "Save it as UTF-8.",
    ),
    Fault(
        "an unknown key",
        _more('[jobs.a]\nkind = "migrate"\nsource = "a.zip"\ntarget = "pinboard"\nexistng = "merge"'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n"
        "  line 12: jobs.a.existng: unknown key (did you mean existing?)",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "an unknown section",
        _more("[job.a]"),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n  line 8: job: unknown key (did you mean jobs?)",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "a wrong type",
        _more('[jobs.a]\nkind = "migrate"\nsource = "a.zip"\ntarget = "pinboard"\ntags = { add = "x" }'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n  line 12: jobs.a.tags.add: must be a list, not text",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "a missing key",
        _more('[jobs.a]\nkind = "mirror"\nleft = "pinboard"'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n  line 8: jobs.a.right: is missing",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "an unknown service",
        _more('[accounts.a]\nservice = "pinbord"'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n"
        '  line 9: accounts.a.service: "pinbord" is unknown (did you mean pinboard?)',
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "several faults",
        _config('[accounts.a]\n[jobs.b]\nkind = "mirror"\nleft = 1\nright = "x"\nfull = "soon"'),
        CHECK,
        3,
        "The config file HOME/config.toml has 3 faults:\n"
        "  line 2: accounts.a.service: is missing (known here: nextcloud-news, pinboard, pocket)\n"
        "  line 5: jobs.b.left: must be text, not a whole number\n"
        '  line 7: jobs.b.full: "soon" is no duration, which is written as in "50ms", "3s", "5m", "1h" or "1d"',
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "a gap that Pinboard forbids",
        _config('[accounts.a]\nservice = "pinboard"\ntoken = { env = "T" }\ngaps = { default = "1s" }'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n"
        "  line 5: accounts.a.gaps: The gap of default must be at least 3 s here, not 1 s. Shorter gaps are for "
        "compatible servers.",
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "a config that others may write",
        _anybody_writes,
        CHECK,
        3,
        "Others may write HOME/config.toml, and a config can name commands to run.",
        "Take that right away: chmod go-w HOME/config.toml",
    ),
    Fault(
        "a config that is missing",
        lambda scene: scene.config.unlink(),
        CHECK,
        3,
        "There is no config file HOME/config.toml.",
        "Correct --config, or leave it out for the one of your config folder.",
    ),
    Fault(
        "a config that is a folder",
        _a_folder,
        CHECK,
        3,
        "The config file HOME/config.toml cannot be read: Is a directory.",
        "Mend its permissions, or name another by --config.",
    ),
    Fault(
        "a secret in the config itself",
        _account('"sandbox:0000"'),
        CHECK,
        3,
        "The config file HOME/config.toml has a fault:\n"
        '  line 4: accounts.pinboard.token: a secret does not stand in the config itself; write { env = "NAME" },'
        ' { file = "PATH" }, { command = ["PROGRAM", "ARGUMENT"] } or { keyring = true }',
        "Correct it there, and run the same command again.",
    ),
    Fault(
        "a secret file that others may read",
        _open_secret,
        TO_PINBOARD,
        3,
        "Others may read or write DESK/token, which accounts.pinboard.token names.",
        "Take their rights away: chmod 600 DESK/token",
    ),
    Fault(
        "a secret file that is missing",
        _account('{ file = "token" }'),
        TO_PINBOARD,
        3,
        "accounts.pinboard.token cannot be read from HOME/token: No such file or directory.",
        "Correct the path in the config, or run `bookmark-bridge login pinboard`.",
    ),
    Fault(
        "a command that fails",
        _account('{ command = ["false"] }'),
        TO_PINBOARD,
        3,
        "The command 'false', which accounts.pinboard.token names, ended with status 1.",
        "Run it by hand to see why.",
    ),
    Fault(
        "a command that is missing",
        _account('{ command = ["no-such-program"] }'),
        TO_PINBOARD,
        3,
        "The command 'no-such-program', which accounts.pinboard.token names, could not be started: No "
        "such file or directory.",
        "Install it, or correct it in the config.",
    ),
    Fault(
        "a command that says nothing",
        _account('{ command = ["true"] }'),
        TO_PINBOARD,
        3,
        "The command 'true', which accounts.pinboard.token names, gave nothing.",
        "See why, or name another.",
    ),
    Fault(
        "a command that hangs",
        _hangs,
        TO_PINBOARD,
        3,
        "The command 'sleep', which accounts.pinboard.token names, did not end within 0.1 seconds.",
        "Run it by hand: it may be waiting for an answer.",
    ),
    Fault(
        "no keyring on this machine",
        _keyring_is(fail.Keyring()),
        TO_PINBOARD,
        3,
        "accounts.pinboard.token is in the keyring, but this system has none that can be used.",
        "Run `bookmark-bridge login pinboard`, which then keeps it in a file of yours; or install one "
        "(pip install 'bookmark-bridge[keyring]').",
    ),
    Fault(
        "a keyring without the secret",
        _keyring_is(null.Keyring()),
        TO_PINBOARD,
        3,
        "The keyring has nothing for accounts.pinboard.token.",
        "Run `bookmark-bridge login pinboard`, or store it: keyring set bookmark-bridge pinboard.token",
    ),
    Fault(
        "no keyring library",
        _no_keyring_library,
        TO_PINBOARD,
        3,
        "accounts.pinboard.token is in the keyring, but the keyring library is not installed.",
        "Install it: pip install 'bookmark-bridge[keyring]'",
    ),
    Fault(
        "no account at all",
        _nobody,
        "check",
        3,
        "No account yet.",
        "Run `bookmark-bridge login pinboard` (or pocket, or nextcloud-news), or write one in HOME/config.toml.",
    ),
    Fault(
        "no job at all",
        lambda scene: None,
        "run",
        3,
        "There is no job in HOME/config.toml.",
        "Write one there: a table [jobs.NAME].",
    ),
]
