"""Execute notebooks of the course on a fresh kernel, each from top to bottom, and keep the outputs.

    python -m tools.execute                 all notebooks and all solutions, in order
    python -m tools.execute 04 06           those whose names begin with 04 or 06
    python -m tools.execute solutions/06    the solutions of 06

The cells that solutions share with their notebook (set-up, imports, those tagged `exercise`) are
brought over from it first. A notebook that raises an error is left as it was. Set DL101_MNIST to
the path of an mnist.npz to execute on that copy of MNIST.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image, ImageChops

from tools.course import beginning_with, is_shared, notebook_paths, solution_paths, write


def execute(path: Path) -> None:
    """Execute the notebook at ``path`` in its own folder and replace it, outputs included.

    Raises:
        CellExecutionError: a cell failed; the file is then unchanged.
    """
    notebook = nbformat.read(path, as_version=4)
    if path.parent.name == "solutions":
        original = nbformat.read(path.parents[1] / path.name, as_version=4)
        notebook.cells = with_shared_cells(notebook.cells, original.cells)
    code_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    begin = time.monotonic()

    def report(cell: nbformat.NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code":
            done = sum(c.cell_type == "code" for c in notebook.cells[: cell_index + 1])
            seconds = time.monotonic() - begin
            print(
                f"\r{path.name}: cell {done} of {code_cells}, {seconds:.0f} s", end="", flush=True
            )

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        on_cell_complete=report,
    )
    try:
        client.execute()
    finally:
        print()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            stored = map(to_store, with_whole_streams(cell.outputs))
            cell.outputs = [output for output in stored if output is not None]
    # What JupyterLab would write on opening the notebook, and no more: so opening changes nothing.
    # Of these only the version depends on the machine.
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": notebook.metadata.language_info,  # as the kernel has told it
    }
    write(path, nbformat.writes(notebook) + "\n")


def with_shared_cells(
    solutions: list[nbformat.NotebookNode], original: list[nbformat.NotebookNode]
) -> list[nbformat.NotebookNode]:
    """Return the cells of solutions, with fresh copies of the shared cells after the title."""
    copies = []
    for cell in original:
        if is_shared(cell, "exercise"):
            tags = {"tags": ["exercise"]} if "exercise" in cell.metadata.get("tags", []) else {}
            copies.append(nbformat.v4.new_code_cell(cell.source, id=cell.id, metadata=tags))
    own = [cell for cell in solutions if not is_shared(cell, "exercise")]
    return [*own[:1], *copies, *own[1:]]


def with_whole_streams(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return outputs with one stream of each name, where the first piece of it came.

    A line keeps what follows its last carriage return, as on a screen. So does coalesce_streams of
    nbclient, in a time that grows with the square of a line's length.
    """
    kept, pieces = [], {}
    for output in outputs:
        if output.output_type == "stream":
            pieces.setdefault(output.name, []).append(output.text)
        if output.output_type != "stream" or len(pieces[output.name]) == 1:
            kept.append(output)
    for place, output in enumerate(kept):
        if output.output_type == "stream":
            lines = "".join(pieces[output.name]).split("\n")
            lines = [line[line.rfind("\r", 0, len(line) - 1) + 1 :] for line in lines]
            output.text = "\n".join(lines)
            # Which of the two comes first is chance.
            if output.name == "stdout" and place and kept[place - 1].get("name") == "stderr":
                kept[place - 1 : place + 1] = kept[place - 1 : place + 1][::-1]
    return kept


def to_store(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Return what a page without a kernel can show of an output: of a widget its still picture.

    A script is left out: the questions, the only ones who use it, show text beside it.
    """
    data = output.get("data", {})
    kinds = ("application/vnd.jupyter.widget-view+json", "application/javascript")
    alive = [kind for kind in kinds if data.pop(kind, None) is not None]
    if "image/png" in data:
        data["image/png"] = with_palette(data["image/png"])
    elif alive:
        return None
    return output


def with_palette(picture: str) -> str:
    """Return a base64 PNG in 256 colours, a third of the size, unless the eye could tell."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    fewer = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    moved = ImageChops.difference(image, fewer.convert("RGB"))
    if max(high for _, high in moved.getextrema()) > 16:  # of 255
        return picture
    file = io.BytesIO()
    fewer.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="beginnings of notebook names; none means all")
    names = parser.parse_args().names
    try:
        chosen = beginning_with(names, notebook_paths() + solution_paths())
    except ValueError as error:
        parser.error(str(error))
    for path in chosen:
        try:
            execute(path)
        except CellExecutionError as error:
            print(f"{path.name} is unchanged, since a cell failed:\n{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
