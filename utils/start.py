"""What the set-up cell runs: Python looks into the course first, and Keras starts."""

from __future__ import annotations

import sys
from pathlib import Path


def come_first(course: Path) -> None:
    """Let Python look into the folder ``course`` before any other.

    Raises:
        ImportError: a package with the name of one of the course's is loaded already.
    """
    sys.path[:] = [str(course), *(entry for entry in sys.path if entry != str(course))]
    for name in ("exercises", "utils"):
        if name not in sys.modules:
            continue
        folders = [Path(entry) for entry in getattr(sys.modules[name], "__path__", [])]
        if not any(folder.exists() and folder.samefile(course / name) for folder in folders):
            where = getattr(sys.modules[name], "__file__", None) or [*map(str, folders)]
            raise ImportError(
                f"Another {name} than the course's is loaded, from {where}. Restart the kernel, "
                "then run this cell before any other; if that does not help, rename what is there."
            )


if __name__ == "<run_path>":  # by the set-up cell
    come_first(Path(__file__).parents[1])
    from utils.training import start

    start()
