"""What the maintainers' tools share: where the course's files are, and its repository's name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from utils.data import COURSE_FOLDER

NOTEBOOKS = COURSE_FOLDER / "notebooks"
PYPROJECT = COURSE_FOLDER / "pyproject.toml"
README = COURSE_FOLDER / "README.md"


def notebook_paths() -> list[Path]:
    """Return the notebooks of the course, in order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def solution_paths() -> list[Path]:
    """Return the notebooks with the solutions of the exercises, in order."""
    return sorted((NOTEBOOKS / "solutions").glob("[0-9]*.ipynb"))


def beginning_with(names: list[str], paths: list[Path]) -> list[Path]:
    """Return the notebooks whose paths below notebooks/ begin with one of ``names``; none: all.

    Raises:
        ValueError: no notebook begins with one of the names.
    """
    places = {path.relative_to(NOTEBOOKS).as_posix(): path for path in paths}
    for name in names:
        if not any(place.startswith(name) for place in places):
            raise ValueError(f"no notebook begins with {name!r}; there are {list(places)}")
    return [path for place, path in places.items() if place.startswith(tuple(names) or "")]


def repository() -> tuple[str, str]:
    """Return the repository's slug (``owner/name``) and branch, as pyproject.toml gives them."""
    # tomllib comes with Python 3.11 only.
    text = PYPROJECT.read_text(encoding="utf-8")
    values = []
    for key in ("repository", "branch"):
        match = re.search(rf'(?m)^{key} = "([^"]+)"$', text)
        if match is None:
            raise ValueError(f'{PYPROJECT.name} must have a line {key} = "..." in [tool.course]')
        values.append(match[1])
    return values[0], values[1]


def write(path: Path, text: str) -> None:
    """Replace the file at ``path`` in one step, with Unix line ends."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def replace_part(path: Path, marks: tuple[str, str], part: str) -> None:
    """Write ``part`` between two marks in the text file at ``path``.

    Raises:
        ValueError: a mark is not in the file.
    """
    text = path.read_text(encoding="utf-8")
    begin, end = (text.index(mark) for mark in marks)
    write(path, text[: begin + len(marks[0])] + part + text[end:])
