"""What the maintainers' tools share: the course's files, its repository, cells of notebooks."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import tomllib
import uuid
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pandas as pd

from utils.data import COURSE_FOLDER, DATA_FOLDER

NOTEBOOKS = COURSE_FOLDER / "notebooks"
PYPROJECT = COURSE_FOLDER / "pyproject.toml"
README = COURSE_FOLDER / "README.md"
# Until python -m tools.set_repository names one. No account has an underscore in its name.
PLACEHOLDER = "YOUR_NAME/deep-learning-101"
PUBLISHED = DATA_FOLDER / "published_results.csv"  # by the lecture
EPOCHS = 50  # of the lecture's protocol


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
    course = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["course"]
    return course["repository"], course["branch"]


def write(path: Path, text: str) -> None:
    """Replace the file at ``path`` in one step, with Unix line ends."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")  # nobody else writes to it
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def merged(old: pd.DataFrame, new: pd.DataFrame, keys: list[str], order: list) -> pd.DataFrame:
    """Return the rows of two tables, the new ones in place of the old that agree in ``keys``.

    They are sorted by these columns: numbers by size, other values as in ``order``.
    """

    def place(value: str) -> int:
        return order.index(value) if value in order else int(value)

    if len(old):
        replaced = set(new[keys].itertuples(index=False, name=None))
        old = old[[row not in replaced for row in old[keys].itertuples(index=False, name=None)]]
    return (
        pd.concat([old, new] if len(old) else [new])
        .sort_values(keys, key=lambda column: column.map(place), kind="stable")
        .reset_index(drop=True)
    )


def replace_part(path: Path, name: str, part: str) -> None:
    """Write ``part`` between the marks ``name: begin`` and ``name: end`` of a Markdown file.

    Raises:
        ValueError: a mark is not in the file.
    """
    text, mark = path.read_text(encoding="utf-8"), f"<!-- {name}: begin -->\n"
    begin, end = text.index(mark) + len(mark), text.index(f"<!-- {name}: end -->")
    write(path, text[:begin] + part + text[end:])


def usable_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


# The cells of notebooks --------------------------------------------------------------------------


def is_shared(cell: nbformat.NotebookNode, tag: str) -> bool:
    """Say whether a cell is the set-up, the imports, or code with the tag."""
    return cell.id in ("set-up", "imports") or tag in cell.metadata.get("tags", [])


def is_collapsed(cell: nbformat.NotebookNode) -> bool:
    """Say whether a cell shows its outputs only: it draws, or records for later."""
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def cells_of(path: Path, tag: str) -> list[nbformat.NotebookNode]:
    """Return the set-up, the imports and the cells with the tag: together they run by themselves.

    Where no cell has the tag, there are none.
    """
    cells = [c for c in nbformat.read(path, as_version=4).cells if is_shared(c, tag)]
    return cells if any(tag in cell.metadata.get("tags", []) for cell in cells) else []


class Model(NamedTuple):
    notebook: Path
    tag: str  # of the cells that train it
    variable: str


@cache
def models() -> dict[str, Model]:
    """Return the models that the course measures, in order: those given to ``record_result``."""
    found = {}
    for path, tag in product(notebook_paths(), ("protocol", "recipe")):
        for cell in cells_of(path, tag):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "record_result":
                    name, variable = node.args[:2]
                    found[name.value] = Model(path, tag, variable.id)
    return found


def names_of(model: str) -> dict[str, Any]:
    """Run the cells that train a model, up to the first ``fit``; return the names they define."""
    path, tag, _ = models()[model]
    names: dict[str, Any] = {}
    with contextlib.chdir(path.parent), contextlib.redirect_stdout(io.StringIO()):
        for cell in cells_of(path, tag):
            for statement in ast.parse(cell.source).body:
                if not isinstance(statement, ast.FunctionDef | ast.ClassDef) and any(
                    isinstance(node, ast.Attribute) and node.attr == "fit"
                    for node in ast.walk(statement)
                ):
                    return names
                exec(compile(ast.Module([statement], []), cell.id, "exec"), names)
    raise ValueError(f"no cell tagged {tag} of {path.name} calls fit")
