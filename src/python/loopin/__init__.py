"""A good OAuth access token, from a login in the person's own browser.

    import loopin

    token = loopin.access_token()            # from token.json; refreshed if it has expired
    token = loopin.access_token(login=True)  # opens the browser if there is no other way

It calls the program `loopin` that came with this package. So each option with a value (`loopin token --help` lists
them) can be set as a variable of the environment: the provider by LOOPIN_PROVIDER, the file with the app's id and
secret by LOOPIN_CLIENT_SECRETS, who is to be logged in by LOOPIN_ACCOUNT.

Where there is no token, it raises a loopin.Error: LoginNeeded, Denied, Timeout, Temporary, Provider, Usage, Local or
Bug. Each has a `message`, `hints` that lead on, and the program's `exit_code`.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import IO, Any

from loopin import _program

__all__ = [
    "Bug",
    "Denied",
    "Error",
    "Local",
    "LoginNeeded",
    "Provider",
    "Temporary",
    "Timeout",
    "Usage",
    "__version__",
    "access_token",
]

__version__ = _program.version()


class Error(Exception):
    """Why there is no token. As text: the message, and each hint on a line of its own."""

    message: str
    """What went wrong, in the words of the program."""
    hints: tuple[str, ...]
    """The ways out, in the words of the program: its options are arguments here or, as LOOPIN_PORT, variables."""
    exit_code: int
    """What a shell would have got: 126 and 127 if the program did not start, 128 and more if a signal ended it."""

    def __init__(self, message: str, exit_code: int, hints: Iterable[str] = ()) -> None:
        self.message, self.exit_code, self.hints = message, exit_code, tuple(hints)
        super().__init__(message, exit_code, self.hints)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"hint: {hint}" for hint in self.hints)])


class Bug(Error):
    """A bug: please report it."""


class Usage(Error):
    """Options, secrets or the provider file are wrong."""


class LoginNeeded(Error):
    """A login is needed, and no browser may be opened; or the provider refused the refresh token."""


class Denied(Error):
    """The person refused, or granted too little."""


class Temporary(Error):
    """The provider or the network does not answer, or another process has the file: try again later."""


class Provider(Error):
    """The provider rejects this app, breaks the protocol, or cannot be trusted."""


class Local(Error):
    """A file, the disk, a port, or another account's file."""


class Timeout(Error):
    """Nobody came back from the browser in time."""


_ERRORS = {
    1: Bug,
    2: Usage,
    3: LoginNeeded,
    4: Denied,
    5: Temporary,
    6: Provider,
    7: Local,
    8: Timeout,
}


def access_token(
    token_file: str | bytes | os.PathLike[str] | os.PathLike[bytes] = "token.json",
    min_ttl: float = 60,
    login: bool = False,
) -> str:
    """Return an access token that lives for `min_ttl` seconds more.

    It is the one in `token_file`, if that is still good; else it is refreshed, and saved there. While the provider is
    out of reach, any that has not expired is good, with a warning. If nothing else helps, `login=True` lets the person
    log in by the browser, for five minutes or LOOPIN_TIMEOUT; the address is also written to `sys.stderr`, as is
    everything that the program has to say meanwhile.

    Where there is neither a terminal nor a graphical session, it asks nobody, unless LOOPIN_INTERACTIVE is `always`.

    All else comes from the environment, as described in `help(loopin)`. Any number of threads and processes may call
    it at once. A login that waits ends with Ctrl-C, and with this Python.

    Raises a subclass of `loopin.Error`, `loopin.LoginNeeded` above all; and TypeError or ValueError for an argument
    that is no path or no number of seconds.
    """
    program = _program.find()
    if program is None:
        raise Error(_program.MISSING, 127, [_program.ADVICE])
    command = [
        program,
        "token",
        "--format=raw",
        "--log-format=json",
        f"--token-file={os.fsdecode(token_file)}",
        f"--min-ttl={_seconds(min_ttl)}",
    ]
    if login:
        command.append("--login")
        if _is_at_a_terminal():
            command.append("--interactive=always")
    # In a buffer, whose `repr` has nothing of it: tracebacks may show what local variables hold.
    printed = io.StringIO()
    code, failure = _run(command, printed)
    if failure is not None or code != 0:
        raise _error(code, failure)
    # Where children are reaped by others (SIGCHLD is ignored), every program seems to have ended with 0.
    if not re.fullmatch(r".+\n", printed.getvalue()):
        raise Error("the program ended without a whole token and did not say why", 1)
    return printed.getvalue().rstrip("\n")


def _is_at_a_terminal() -> bool:
    """Whether a person reads what is written to `sys.stderr`. The program cannot know: it writes to us."""
    if os.environ.get("CI") or os.environ.get("LOOPIN_INTERACTIVE"):
        return False
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False


def _seconds(min_ttl: float) -> str:
    try:
        if math.isfinite(min_ttl) and min_ttl >= 0:
            return f"{float(min_ttl):f}s"
    except OverflowError:
        raise ValueError("min_ttl is too large") from None
    except TypeError:
        raise TypeError(f"min_ttl is a number of seconds, not of the type {type(min_ttl).__name__}") from None
    raise ValueError(f"min_ttl is a number of seconds from 0 on, not {min_ttl}")


_Fact = dict[str, Any]


def _run(command: list[str], printed: IO[str]) -> tuple[int, _Fact | None]:
    """Take what the program prints, and pass on what it says, up to its end; return how it ended, and what it said of
    its failure."""
    with _CtrlC() as ctrl_c:
        child = _start(command)
        assert child.stdout and child.stderr
        # It alone touches its stream: whoever closes one that is being read waits for the reader.
        reader = threading.Thread(target=_take, args=(child.stdout, printed), daemon=True)
        try:
            ctrl_c.ends(child)
            reader.start()
            with child.stderr as lines:
                failure = _pass_on(lines)
            child.wait()
            reader.join()
        except BaseException:
            if not reader.is_alive():
                child.stdout.close()
            _end(child)
            child.wait()
            raise
    return child.returncode, failure


def _start(command: list[str]) -> subprocess.Popen[str]:
    # It reads from where we read: at a terminal, the person may have an address to paste.
    try:
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        why = _program.cannot_run(command[0], error)
        raise Error(why, 126, [_program.ADVICE]) from error


def _take(stream: IO[str], printed: IO[str]) -> None:
    with stream:
        shutil.copyfileobj(stream, printed)


class _CtrlC:
    """Ctrl-C ends the program, and is raised when that has ended: it may be saving a token, and whatever is raised
    before can be overtaken by a second Ctrl-C, with nobody left to end it. Handlers of the caller's own stay."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._is_ours = self._came = False

    def __enter__(self) -> _CtrlC:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # Only the main thread may, and only there it would be raised.
            with contextlib.suppress(ValueError):
                signal.signal(signal.SIGINT, self._come)
                self._is_ours = True
        return self

    def ends(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        if self._came:
            _end(child)

    def _come(self, *_: object) -> None:
        self._came = True
        if self._child:
            _end(self._child)

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._came:
            raise KeyboardInterrupt


def _end(child: subprocess.Popen[str]) -> None:
    # On Windows that would kill it at once; there the console tells it of Ctrl-C.
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            child.terminate()


def _pass_on(lines: Iterable[str]) -> _Fact | None:
    """Write to `sys.stderr` what people would read; return what is said of the failure."""
    failure = None
    for line in lines:
        try:
            fact = json.loads(line)
            event = fact["event"]
        except (ValueError, TypeError, LookupError):
            # Not the program's: the system's, of a program that does not start.
            _say(line.rstrip("\n"))
            continue
        if event == "failed":
            failure = fact
        elif event == "browser":
            _say(fact["url"])
        elif event == "message":
            _say(f"{_SPEAKERS.get(fact['level'], 'loopin:')} {fact['message']}")
    return failure


_SPEAKERS = {"info": "loopin:", "warning": "loopin: warning:", "hint": "hint:"}


def _say(text: str) -> None:
    # A stderr that is closed, full or not what it should be is no reason to lose a token.
    with contextlib.suppress(Exception):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _error(code: int, failure: _Fact | None) -> BaseException:
    if code == -signal.SIGINT:
        return KeyboardInterrupt()
    if code < 0:
        name = signal.strsignal(-code) or "unknown"
        return Error(f"the program was ended by signal {-code} ({name})", 128 - code)
    if failure is None:
        kind = _ERRORS.get(code, Error)
        return kind(f"the program ended with exit code {code} and did not say why", code)
    kind = _ERRORS.get(failure["exit"], Error)
    return kind(failure["message"], failure["exit"], map(_in_python, failure["hints"]))


def _in_python(hint: str) -> str:
    """What is an option of the program is an argument here."""
    return hint.replace("by --login", "by login=True").replace("by --token-file", "by token_file")
