"""Where this installation has its program. What PATH finds may be another version, or something else."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

MISSING = "the program of this installation is not where pip put it"
ADVICE = "to install it again: python -m pip install --force-reinstall loopin"

_FOLDER = Path(__file__).parent.parent
_NAME = "loopin" + (sysconfig.get_config_var("EXE") or "")


def find() -> str | None:
    """The path of the program, if it is there."""
    found = (path for path in _candidates() if path.is_file())
    return next((str(path.resolve()) for path in found), None)


def cannot_run(program: str, error: OSError) -> str:
    return f"{program} cannot be run: {error.strerror}"


def version() -> str:
    installed = _installed()
    return installed.version if installed else "unknown"


def _installed() -> metadata.Distribution | None:
    """What pip knows of this package. Of an editable one it stands elsewhere."""
    beside = metadata.distributions(name="loopin", path=[str(_FOLDER)])
    anywhere = metadata.distributions(name="loopin")
    return next(iter(beside), None) or next(iter(anywhere), None)


def _candidates() -> Iterator[Path]:
    # `pip install --target`, which moves the files and does not write that down.
    yield _FOLDER / "bin" / _NAME
    installed = _installed()
    for file in (installed and installed.files) or ():
        if file.name == _NAME:
            yield Path(str(file.locate()))
    # Installed by a packager who keeps no record.
    yield Path(sysconfig.get_path("scripts")) / _NAME
