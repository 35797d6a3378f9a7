"""`python -m loopin` is `loopin`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from loopin import _program


def main() -> int:
    program = _program.find()
    if program is None:
        return _failed(_program.MISSING, 127)
    try:
        return _become([program, *sys.argv[1:]])
    except OSError as error:
        return _failed(_program.cannot_run(program, error), 126)


def _become(command: list[str]) -> int:
    if sys.platform == "win32":
        # Ctrl-C reaches the program too, which may be saving a token: it decides when to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return subprocess.call(command)
    # Python ignores these, and whatever `loopin exec` runs would ignore them too.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)


def _failed(why: str, code: int) -> int:
    sys.stderr.write(f"loopin: error: {why}\nhint: {_program.ADVICE}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
