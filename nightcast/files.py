"""Files that people open: written whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from nightcast.errors import InputError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; an existing one is replaced.

    Raises:
        InputError: if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists."
        ) from error
