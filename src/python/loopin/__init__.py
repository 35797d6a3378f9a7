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
import shutil
import signal
import subprocess
import sys
import threading
from typing import IO, Any, Iterable

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

    All else comes from the environment, as described in `help(loopin)`. Any number of threads and processes may call
    it at once. Ctrl-C ends a login that waits; but if Python is killed, the login waits on, and others wait for it.

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
    # It reads from where we read: at a terminal, the person may have an address to paste.
    try:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        why = f"{program} cannot be run: {error.strerror}"
        raise Error(why, 126, [_program.ADVICE]) from error
    # Not a string yet: tracebacks may show what local variables hold.
    printed = io.StringIO()
    failure = _hear(child, printed)
    if child.returncode != 0:
        raise _error(child.returncode, failure)
    return printed.getvalue().rstrip("\n")


def _seconds(min_ttl: float) -> str:
    try:
        if math.isfinite(min_ttl) and min_ttl >= 0:
            return f"{float(min_ttl):f}s"
    except TypeError:
        raise TypeError(f"min_ttl is a number of seconds, not of the type {type(min_ttl).__name__}") from None
    raise ValueError(f"min_ttl is a number of seconds from 0 on, not {min_ttl}")


def _hear(child: subprocess.Popen[str], printed: IO[str]) -> dict[str, Any] | None:
    """Take what the program prints, and pass on what it says, up to its end; return what it says of its failure."""
    with child:
        assert child.stdout and child.stderr
        reader = threading.Thread(target=shutil.copyfileobj, args=(child.stdout, printed), daemon=True)
        try:
            reader.start()
            failure = _listen(child.stderr)
            child.wait()
            reader.join()
        except BaseException:
            _end(child, reader)
            raise
    return failure


def _listen(lines: Iterable[str]) -> dict[str, Any] | None:
    failure = url = None
    for line in lines:
        try:
            fact = json.loads(line)
            event = fact["event"]
        except (ValueError, TypeError, LookupError):
            # Not the program's: the system's, of a program that does not start.
            _tell(line.rstrip("\n"))
            continue
        if event == "failed":
            failure = fact
        elif event == "browser":
            url = fact["url"]
        elif event == "message":
            message = fact["message"]
            _tell(f"{_SPEAKERS.get(fact['level'], 'loopin:')} {message}")
            # The address comes after the words that lead to it.
            if url and message.endswith(":"):
                _tell(url)
                url = None
    return failure


_SPEAKERS = {"info": "loopin:", "warning": "loopin: warning:", "hint": "hint:"}


def _tell(text: str) -> None:
    # A stderr that is closed or full is no reason to lose a token.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _end(child: subprocess.Popen[str], reader: threading.Thread) -> None:
    """End the program, and wait for that: it may be saving a token, and a second Ctrl-C must not leave it alone."""
    while child.returncode is None or reader.is_alive():
        with contextlib.suppress(KeyboardInterrupt):
            child.terminate()
            child.wait()
            reader.join()


def _error(code: int, failure: dict[str, Any] | None) -> BaseException:
    if code == -signal.SIGINT:
        return KeyboardInterrupt()
    if code < 0:
        name = signal.strsignal(-code) or "unknown"
        return Error(f"the program was ended by signal {-code} ({name})", 128 - code)
    kind = _ERRORS.get(code, Error)
    if failure is None:
        return kind(f"the program ended with exit code {code} and did not say why", code)
    return kind(failure["message"], code, map(_in_python, failure["hints"]))


def _in_python(hint: str) -> str:
    """What is an option of the program is an argument here."""
    return hint.replace("by --login", "by login=True").replace("by --token-file", "by token_file")
