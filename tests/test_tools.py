"""Tests of the maintainers' tools, and of the settings with which nbval runs."""

import base64
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError
from PIL import Image

from tools import course, execute, set_repository, simulate_height_weight
from tools.course import notebook_paths, repository, solution_paths
from utils.data import COURSE_FOLDER, DATA_FOLDER


def write_notebook(path, *sources, tags=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells:
        cell.metadata["tags"] = list(tags)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_execute_keeps_outputs_and_nothing_of_the_machine(tmp_path, capsys):
    path = write_notebook(tmp_path / "01_a.ipynb", "x = 6; print('x' * 400_000)", "print(7 * x)")
    execute.execute(path)
    notebook = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.cells[1].outputs[0].text == "42\n"
    assert notebook.metadata.keys() == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info.version == platform.python_version()
    assert "cell 2 of 2" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["01_a.ipynb"]


def test_a_stream_is_stored_as_a_screen_shows_it():
    outputs = [
        nbformat.v4.new_output("stream", name=name, text=text)
        for name, text in (("stderr", "!"), ("stdout", "1 of"), ("stdout", " 2\r2 of 2\n\rok\r\n"))
    ]
    outputs.append(nbformat.v4.new_output("display_data", {"text/plain": "figure"}))
    outputs.append(nbformat.v4.new_output("stream", text="end\r"))
    out, error, figure = execute.with_whole_streams(outputs)
    assert (out.text, error.text) == ("2 of 2\nok\r\nend\r", "!")
    assert figure.data == {"text/plain": "figure"}


def test_figures_get_smaller_and_look_the_same():
    figure, ax = plt.subplots()
    x, y = np.meshgrid(np.linspace(-1, 1, 50), np.linspace(-1, 1, 50))
    ax.contourf(x, y, x**2 + y, levels=9)
    ax.plot(x[0], y[:, 0] ** 3, "r.", label="a line")
    ax.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    drawn = np.asarray(Image.open(file).convert("RGB")).astype(int)
    before = base64.b64encode(file.getvalue()).decode()
    after = execute.with_palette(before)
    assert len(after) < len(before)
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert np.abs(kept - drawn).max() <= 16

    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    picture = base64.b64encode(file.getvalue()).decode()
    assert execute.with_palette(picture) == picture


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path):
    path = write_notebook(tmp_path / "01_a.ipynb", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute.execute(path)
    assert path.read_bytes() == before


def test_solutions_get_the_shared_cells_of_their_notebook(tmp_path):
    def notebook(path, **cells):
        made = [nbformat.v4.new_markdown_cell("# Title", id="title")]
        for name, source in cells.items():
            tags = {"tags": ["exercise", "protocol"]} if name in ("load", "new") else {}
            made.append(nbformat.v4.new_code_cell(source, id=name, metadata=tags))
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)

    path = tmp_path / "solutions" / "01_a.ipynb"
    notebook(tmp_path / "01_a.ipynb", imports="import math", load="x = 2", own="x = 0", new="y = 3")
    notebook(path, imports="", load="x = 1", answer="print(x * y)")
    execute.execute(path)
    title, imports, load, new, answer = nbformat.read(path, as_version=4).cells
    assert [title.id, imports.id, load.id, new.id] == ["title", "imports", "load", "new"]
    assert [imports.source, load.source, new.source] == ["import math", "x = 2", "y = 3"]
    assert "tags" not in imports.metadata
    assert load.metadata.tags == new.metadata.tags == ["exercise"]
    assert answer.outputs[0].text == "6\n"


def test_execute_names_what_there_is(run_tool):
    answer = run_tool("execute", "77")
    assert answer.returncode == 2
    assert "no notebook begins with '77'" in answer.stderr
    assert "00_start_here" in answer.stderr


def test_a_wrong_stored_output_makes_the_run_fail(tmp_path):
    """With the project's own settings, a checked cell is compared with what is stored."""
    paths = []
    for stored in ("42", "43"):
        path = write_notebook(
            tmp_path / f"{stored}.ipynb", "print(42)", tags=["nbval-check-output"]
        )
        notebook = nbformat.read(path, as_version=4)
        output = nbformat.v4.new_output("stream", text=f"{stored}\n")
        notebook.cells[0].update(execution_count=1, outputs=[output])
        nbformat.write(notebook, path)
        paths.append(str(path))
    settings = str(COURSE_FOLDER / "pyproject.toml")
    command = [sys.executable, "-m", "pytest", "-n0", "-c", settings, *paths]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 1, answer.stdout
    assert "1 failed, 1 passed" in answer.stdout
    assert "43" in answer.stdout.partition("FAILURES")[2]  # what is stored, and is not printed


def test_a_new_repository_reaches_badge_link_and_set_up():
    text = (
        "https://colab.research.google.com/github/YOUR_NAME/course/blob/dev/notebooks/03_b.ipynb\n"
        '"repo = pathlib.PurePosixPath(\\"YOUR_NAME/course\\")\\n"\n'
        "https://github.com/YOUR_NAME/course. YOUR_NAME/course-of-others, https://x/else/where\n"
        "https://github.com/YOUR_NAME/course.old and git clone --depth=1 --branch=dev https://x/{course}\n"
        'os.system(f\\"{git} --branch=dev https://github.com/{repo}\\")\\n", "x --branch=dev"\n'
    )
    old = {"YOUR_NAME/course"}
    assert set_repository.repositories(text) == old
    changed = set_repository.with_repository(text, old, "YOUR_NAME/course-2027", "term")
    assert changed == (
        "https://colab.research.google.com/github/YOUR_NAME/course-2027/blob/term/notebooks/03_b.ipynb\n"
        '"repo = pathlib.PurePosixPath(\\"YOUR_NAME/course-2027\\")\\n"\n'
        "https://github.com/YOUR_NAME/course-2027. YOUR_NAME/course-of-others, https://x/else/where\n"
        "https://github.com/YOUR_NAME/course.old and git clone --depth=1 --branch=term https://x/{course}\n"
        'os.system(f\\"{git} --branch=term https://github.com/{repo}\\")\\n", "x --branch=dev"\n'
    )


@pytest.mark.parametrize("path", notebook_paths() + solution_paths())
def test_no_notebook_keeps_the_old_repository(path):
    text = path.read_text(encoding="utf-8")
    changed = set_repository.with_repository(text, {repository()[0]}, "me/mine", "term")
    places = 2 if path in notebook_paths() else 1  # badge and set-up cell; solutions have no badge
    assert text.count(repository()[0]) == changed.count("me/mine") == places
    assert repository()[0] not in changed


@pytest.mark.parametrize(
    "arguments",
    [
        *(["no-slash"], ["a/b/c"], ["a b/c"], ["a-/b"], ["a/.."], ["a/.git"], ["a/b.git"]),
        *(["a/b", f"--branch={branch}"] for branch in ("x/y", "..", "-x", "a..b", "x.lock")),
    ],
)
def test_a_bad_repository_is_refused_and_changes_nothing(arguments, small_course, capsys):
    before = [path.read_bytes() for path in small_course]
    with pytest.raises(SystemExit):
        set_repository.main(arguments)
    assert "must" in capsys.readouterr().err
    assert [path.read_bytes() for path in small_course] == before


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    """A copy of the files that name the repository, one notebook among them."""
    names = ("pyproject.toml", "README.md", "CITATION.cff")
    names += (notebook_paths()[0].relative_to(COURSE_FOLDER),)
    copies = [tmp_path / name for name in names]
    for name, copy in zip(names, copies):
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(COURSE_FOLDER / name, copy)
    monkeypatch.setattr(set_repository, "COURSE_FOLDER", tmp_path)
    monkeypatch.setattr(set_repository, "PYPROJECT", copies[0])
    monkeypatch.setattr(course, "PYPROJECT", copies[0])
    return copies


def text_of(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("edited", [1, 2, 3])
def test_what_was_edited_by_hand_reaches_all_other_files(edited, small_course):
    old = repository()[0]
    for path in small_course[:edited]:
        course.write(path, text_of(path).replace(old, "me/mine"))
    set_repository.main([])
    for path in small_course:
        assert old not in text_of(path)
        assert "me/mine" in text_of(path)


def test_the_placeholder_is_no_account_and_can_be_set_again(small_course):
    """Of letters, digits and single hyphens: what anybody could register would be fetched."""
    assert not re.fullmatch(r"[A-Za-z0-9-]+", course.PLACEHOLDER.split("/")[0])
    set_repository.main([course.PLACEHOLDER, "--branch=main"])
    before = [text_of(path) for path in small_course]
    set_repository.main(["me/mine", "--branch=term2"])
    for path, text in zip(small_course, before):
        changed = text_of(path)
        assert course.PLACEHOLDER not in changed
        assert changed.count("me/mine") == text.count(course.PLACEHOLDER) > 0
    assert "{git} --branch=term2 https" in changed  # a notebook
    set_repository.main([course.PLACEHOLDER, "--branch=main"])
    assert [text_of(path) for path in small_course] == before


def test_two_writers_of_a_file_do_not_meet(tmp_path, monkeypatch):
    path, replace = tmp_path / "file", os.replace

    def overtaken(source, target):
        monkeypatch.setattr(os, "replace", replace)
        course.write(path, "the other")
        replace(source, target)

    monkeypatch.setattr(os, "replace", overtaken)
    course.write(path, "this one")
    assert path.read_text() == "this one"
    assert list(tmp_path.iterdir()) == [path]


def test_the_simulated_table_is_reproduced_to_the_byte():
    shipped = (DATA_FOLDER / "height_weight.csv").read_bytes()
    assert simulate_height_weight.as_csv().encode() == shipped
    listed = (DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("height_weight.csv", "published_results.csv"):
        assert hashlib.sha256((DATA_FOLDER / name).read_bytes()).hexdigest() in listed
