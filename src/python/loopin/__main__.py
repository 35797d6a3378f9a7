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
        sys.stderr.write(f"loopin: error: {_program.MISSING}\nhint: {_program.ADVICE}\n")
        return 127
    command = [program, *sys.argv[1:]]
    if sys.platform == "win32":
        return subprocess.call(command)
    # Python ignores these, and whatever `loopin exec` runs would ignore them too.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(program, command)


if __name__ == "__main__":
    sys.exit(main())
