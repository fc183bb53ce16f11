"""Give the notebooks to a class, and see who solved what.

    python -m tools.assignment make homework 01 02
    python -m tools.assignment grade returned --table results.csv

`make` writes a folder for the students. `grade` runs the answers in the notebooks that come back.
Each says more with --help, for instance: python -m tools.assignment grade --help
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import csv
import io
import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import nbformat

from tools.course import NOTEBOOKS, beginning_with, notebook_paths, repository, write
from utils.data import COURSE_FOLDER, mnist_cache

MAKE = """Write a folder of notebooks for the students of a class.

It holds the notebooks without outputs and without the link to the solutions, the list of packages
that they need, and a README.md for the students. The folder can go anywhere: the set-up cell of a
notebook finds the course on the student's machine or fetches it from the repository that
pyproject.toml names (to change it: python -m tools.set_repository).

The course that it fetches has the solutions in notebooks/solutions. For an exam, use a repository
of your own without them.
"""

GRADE = """Run the answers in returned notebooks and write a table (CSV, UTF-8) of who solved what.

RETURNED NOTEBOOKS ARE CODE THAT WILL RUN, WITH YOUR RIGHTS. Use a throw-away machine or container,
best without a network, that holds nothing but the course and the notebooks.

FOLDER holds a file for each student, such as alice_02_logistic_regression.ipynb, or a folder for
each student with any number of notebooks; the name of that folder is then the student's. The
table has a row for each notebook. Its states are those that `check` gives: "right", "not yet",
"to do" (unchanged); or "missing" (the cell is gone). If an exercise is checked more than once, the
last state counts. The column "error" says what stopped an answer that is not right.

What runs: the cells `set-up`, `imports` and those tagged `exercise`, all of them the course's own;
then each answer of the student, up to its line with `check`; then the course's own line with
`check`. Nothing else that a student has changed or deleted matters, and no long training delays
the grading. So an answer must bring its helpers along, in its own cell or an earlier answer. An
answer is found by the id of its cell, and by the name of the exercise in a call such as
check("02-3", ...): some editors lose the ids. The data set is the small digits, as in the tests,
unless DL101_DATASET says otherwise.

What protects a row from the others: each notebook runs in a process of its own, in a temporary
folder with a copy of what it needs and with a home folder of its own; environment variables that
look like secrets are not handed on. An answer that takes too long is stopped, and the answers after
it still run. Afterwards the process is killed with its children: on Windows only if it still runs,
on Linux also those that have left its process group. Memory is limited on Linux.

What is NOT prevented: the code runs as you. It can read and change your files and look at your
processes, use the network, fill the disk, start processes that hide, stop the grading, and forge
its own result, since it shares a process with `check`: the path of the record is out of its
environment only while its own cell runs. Read the answers of whoever you doubt.

Ctrl-C keeps the rows that are done.
"""

README = """# Exercises

Open the notebooks in JupyterLab, or upload them to [Colab](https://colab.research.google.com). On
your own computer, install once what they need (Python 3.11 to 3.14):

    python -m pip install -r requirements.txt

The first code cell of each notebook fetches the course, if it is not there yet.

Write each answer in the cell that is there for it, with everything that it needs, and keep the
line `check(...)`. Only these cells are graded. An answer may use the names of the notebook's
set-up and imports, and of the data that the exercise speaks of, but no name that other cells
define.

Save the notebooks and return the `.ipynb` files, under the names that they have. Nothing else is
needed.
"""

STATES = ("right", "not yet", "to do")  # those that `check` records
SET_UP_SECONDS = 300  # for the course's own cells, which start TensorFlow
GRACE_SECONDS = 5  # between the interrupt of an answer and the end of its process
LARGEST_NOTEBOOK = 100_000_000  # bytes
LARGEST_RECORD = 1_000_000


# Make --------------------------------------------------------------------------------------------


def make(folder: Path, paths: Iterable[Path]) -> None:
    """Write to ``folder`` the notebooks at ``paths`` as students get them, and what they need."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = list(paths)
    names = {path.name for path in paths}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = for_students(cell.source, names)
            elif cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        write(folder / path.name, nbformat.writes(notebook) + "\n")
    write(
        folder / "requirements.txt",
        (COURSE_FOLDER / "requirements.txt").read_text(encoding="utf-8"),
    )
    write(folder / "README.md", README)


def for_students(text: str, names: set[str]) -> str:
    """Return Markdown of a notebook as it stands alone, beside the notebooks ``names``.

    Paragraphs that link to solutions go. Links to other files of the course lead to its repository.
    """
    slug, branch = repository()

    def link(match: re.Match) -> str:
        target, mark, part = match[1].partition("#")
        if not target or re.match(r"[a-z]+:", target) or target in names:
            return match[0]
        place = Path(os.path.normpath(NOTEBOOKS / target)).relative_to(COURSE_FOLDER).as_posix()
        return f"](https://github.com/{slug}/blob/{branch}/{place}{mark}{part})"

    paragraphs = [part for part in text.split("\n\n") if "](solutions/" not in part]
    return re.sub(r"\]\(([^)\s]+)\)", link, "\n\n".join(paragraphs))


# The course and what comes back ------------------------------------------------------------------


@dataclass(frozen=True)
class Exercise:
    name: str  # "02-3"
    cell_id: str
    check: str  # the course's line with `check`


@dataclass(frozen=True)
class Exercises:
    """What grading needs of a notebook of the course."""

    notebook: str  # "02_logistic_regression"
    cells: tuple[str, ...]  # the sources of the cells that the answers may rely on
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class Cell:
    """A code cell of a returned notebook."""

    ids: tuple
    source: str


@dataclass
class Row:
    """What the table says about a returned notebook."""

    student: str
    file: str
    notebook: str = ""
    states: dict[str, str] | None = None
    error: str = ""
    seconds: float = 0.0

    @property
    def right(self) -> int:
        return list((self.states or {}).values()).count("right")


def read_exercises(path: Path) -> Exercises:
    """Read a notebook of the course; an exercise is a cell that ends with `check("NN-k", ...)`."""
    cells, exercises = [], []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if cell.id in ("set-up", "imports") or "exercise" in cell.metadata.get("tags", []):
            cells.append(cell.source)
        elif "check(" in cell.source:
            last = ast.unparse(ast.parse(cell.source).body[-1])
            match = re.match(r"check\('(\d\d-\d+)', ", last)
            if match:
                exercises.append(Exercise(match[1], cell.id, last))
    return Exercises(path.stem, tuple(cells), tuple(exercises))


def read_returned(path: Path) -> list[Cell]:
    """Return the code cells of a notebook that may be broken in any way.

    Raises:
        ValueError: it is no notebook. The message says why.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError("this is a link or a device, not a file")
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise ValueError(f"the file is larger than {LARGEST_NOTEBOOK // 10**6} MB")
    content = path.read_bytes()
    if not content.strip():
        raise ValueError("the file is empty")
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the file is not valid JSON: {error}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("the file is JSON, but no notebook: it has no list of cells")
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    found = []
    for cell in code:
        source, metadata = cell.get("source"), cell.get("metadata")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str) and source.strip():
            ids = [cell.get("id")]
            if isinstance(metadata, dict):  # where Colab has put the ids
                ids.append(metadata.get("id"))
            found.append(Cell(tuple(ids), source))
    return found


def mentioned(source: str) -> list[str]:
    """Return the exercises that are the first argument of a call, such as `check("02-3", f)`."""
    return re.findall(r"""\(\s*["'](\d\d-\d+)["']\s*,""", source)


def which_notebook(path: Path, cells: list[Cell], stems: list[str]) -> str:
    """Return which notebook of the course this is: by its checks, else by its name; or ""."""
    by_number = {stem[:2]: stem for stem in stems}
    checks = [name[:2] for cell in cells for name in mentioned(cell.source)]
    most_common = [number for number, _ in collections.Counter(checks).most_common()]
    named = [stem[:2] for stem in stems if stem in path.name.lower()]
    for number in most_common + named + re.findall(r"\d+", path.stem):
        if number in by_number:
            return by_number[number]
    return ""


def find_returned(folder: Path, stems: list[str]) -> list[tuple[str, Path | None]]:
    """Return student and file for each returned notebook, sorted.

    The file is None for a student whose folder has no notebook.
    """
    found = []
    for path in folder.iterdir():
        if path.name.startswith((".", "__")):  # what editors and macOS leave behind
            continue
        if path.is_dir() and not path.is_symlink():
            notebooks = notebooks_of_student(path)
            found += [(path.name, notebook) for notebook in notebooks or [None]]
        elif path.suffix.lower() == ".ipynb":
            found.append((student_in(path.stem, stems), path))
    return sorted(found, key=lambda pair: (pair[0].lower(), str(pair[1])))


def notebooks_of_student(folder: Path) -> list[Path]:
    """Return the notebooks below a student's folder: those of a copy of the course only if there
    are no others, and no solutions.
    """
    own, copied = [], []
    for place, folders, files in os.walk(folder):
        place = Path(place)
        folders[:] = [
            name
            for name in folders
            if not name.startswith((".", "__"))
            and name != "solutions"
            and not (place / name / "pyvenv.cfg").exists()
        ]
        below = [place, *place.parents][: len(place.relative_to(folder).parts) + 1]
        in_course = any((parent / "utils" / "training.py").exists() for parent in below)
        paths = [place / name for name in files if name.lower().endswith(".ipynb")]
        (copied if in_course else own).extend(paths)
    return own or copied


def student_in(name: str, stems: list[str]) -> str:
    """Return what a file's name says about the student: what is left without the notebook's."""
    name = re.sub(r"(?i)^copy of | ?\(\d+\)$|-copy\d*$", "", name)  # as browsers and editors add
    for stem in stems:
        begin = name.lower().find(stem)
        if begin >= 0:
            rest = name[:begin].rstrip(" _-.") + " " + name[begin + len(stem) :].lstrip(" _-.")
            return rest.strip() or name
    return name


# Grade -------------------------------------------------------------------------------------------


def grade(
    row: Row, path: Path, course: dict[str, Exercises], seconds: float, memory: float
) -> None:
    """Judge a returned notebook and write what was found to ``row``."""
    begin = time.monotonic()
    try:
        cells = read_returned(path)
        trouble = ""
    except (OSError, ValueError) as error:
        cells, trouble = [], str(error)
    row.notebook = which_notebook(path, cells, list(course))
    if row.notebook:
        wanted = course[row.notebook]
        row.states = {exercise.name: "missing" for exercise in wanted.exercises}
        if not wanted.exercises:
            trouble = trouble or "this notebook of the course has no exercises with `check`"
    else:
        trouble = (
            trouble or "neither its checks nor its name say which notebook of the course it is"
        )
    if trouble or not row.notebook:
        row.error = trouble
        return
    answers = [
        (exercise.name, cell.source, exercise.check)
        for exercise in wanted.exercises
        for cell in cells
        if exercise.cell_id in cell.ids or exercise.name in mentioned(cell.source)
    ]
    errors: dict[str, str] = {}
    while answers:
        lines, ended = run(wanted.cells, answers, seconds, memory)
        begun = judge(lines, row.states, errors)
        if begun == 0:
            row.states.update((name, "") for name, _, _ in answers)
            cause = next((str(line["error"]) for line in lines if "error" in line), ended)
            errors["the course's own cells"] = f"failed, so that not all could be judged: {cause}"
            break
        if not ended:
            break
        # The others shall not pay for it: a new process goes on with the next answer.
        name = answers[min(begun, len(answers)) - 1][0]
        row.states[name], errors[name] = "not yet", ended
        answers = answers[begun:]
    row.error = "; ".join(f"{name}: {error}" for name, error in errors.items())
    row.seconds = time.monotonic() - begin


def judge(lines: list[dict], states: dict[str, str], errors: dict[str, str]) -> int:
    """Write to ``states`` and ``errors`` what the record says; return how many answers began."""
    begun = 0
    for line in lines:
        name = line.get("exercise")
        if not isinstance(name, str) or name not in states:
            continue
        if line.get("event") == "begins":
            begun += 1
            errors.pop(name, None)
        if line.get("state") in STATES:
            states[name] = line["state"]
        if "error" in line:
            errors[name] = str(line["error"])
        if states[name] == "right":
            errors.pop(name, None)
    return begun


def run(
    cells: Iterable[str], answers: list[tuple[str, str, str]], seconds: float, memory: float
) -> tuple[list[dict], str]:
    """Run answers in a process of their own, in a temporary folder that is deleted afterwards.

    Returns:
        The lines of the record, and why the process ended before its time, or "".
    """
    ended = ""
    with tempfile.TemporaryDirectory(prefix="dl101-answers-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        environment = surroundings(folder)
        record = Path(environment["DL101_CHECKS"])
        record.touch()
        job = {"cells": cells, "answers": answers, "seconds": seconds, "memory": memory}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        with (folder / "job.json").open("rb") as stdin:
            process = subprocess.Popen(
                [sys.executable, str(COURSE_FOLDER / "tools" / "run_answers.py")],
                stdin=stdin,
                stdout=subprocess.DEVNULL,  # however much is printed
                stderr=subprocess.DEVNULL,
                cwd=folder / "course" / "notebooks",
                env=environment,
                # Ctrl-C reaches the grading alone, and all that the process starts can be killed.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        try:
            ended = wait(process, record, seconds, len(answers))
        finally:
            kill(process, environment["HOME"])
        if not ended and process.returncode:
            ended = f"its process ended with code {process.returncode}"
        lines = read_record(record)
    if not ended and [line.get("event") for line in lines].count("ends") < len(answers):
        ended = "it ended its process"
    return lines, ended


def surroundings(folder: Path) -> dict[str, str]:
    """Fill a temporary folder with what answers need, and return the environment to run them in."""
    ignored = ("__pycache__", "my_results.csv")
    for part in ("exercises", "utils", "data"):
        for path in (COURSE_FOLDER / part).rglob("*"):
            if path.is_file() and not set(ignored) & set(path.parts) and path.suffix != ".npz":
                copy = folder / "course" / path.relative_to(COURSE_FOLDER)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)  # without its rights: it shall be possible to delete it
    home, temporary, fonts = folder / "home", folder / "tmp", folder / "home" / "matplotlib"
    for place in (folder / "course" / "notebooks", temporary, fonts):
        place.mkdir(parents=True, exist_ok=True)
    for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copyfile(path, fonts / path.name)  # to find all fonts again would take seconds

    secret = r"(?i)token|secret|passw|credential|auth|api_?key|access_?key|private_?key|^XDG_"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not re.search(secret, name) and not name.startswith("DL101_")
    }
    mnist = os.environ.get("DL101_MNIST") or mnist_cache()
    if mnist and Path(mnist).exists():
        environment["DL101_MNIST"] = str(Path(mnist).resolve())
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "IPYTHONDIR"):
        environment[name] = str(home)
    for name in ("TMPDIR", "TEMP", "TMP"):
        environment[name] = str(temporary)
    return environment | {
        "DL101_DATASET": os.environ.get("DL101_DATASET") or "digits",
        "DL101_RESULTS": str(home / "results.csv"),
        "DL101_CHECKS": str(folder / f"{os.urandom(8).hex()}.jsonl"),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(fonts),
        # The packages of `pip install --user` are in the real home folder.
        "PYTHONUSERBASE": site.getuserbase(),
        # `check` prints letters that are in no Windows code page.
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }


def wait(process: subprocess.Popen, record: Path, seconds: float, answers: int) -> str:
    """Wait until the process ends, or return why it must be killed.

    Each step of an answer adds a line to the record, and has ``seconds`` for it.
    """
    allowed = seconds + GRACE_SECONDS
    now = time.monotonic()
    # The second one, for all steps, holds even if the record is written to by somebody else.
    deadline, last = now + SET_UP_SECONDS, now + SET_UP_SECONDS + 3 * answers * allowed
    seen = 0
    while process.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        size = record.stat().st_size if record.exists() else 0
        if size != seen:
            seen, deadline = size, now + allowed
        if size > LARGEST_RECORD:
            return "it flooded the record of its checks"
        if now > min(deadline, last):
            return f"took longer than {seconds if seen else SET_UP_SECONDS:g} s"
    return ""


def kill(process: subprocess.Popen, home: str) -> None:
    """Kill the process, and whatever it has started; ``home`` is the home folder it was given."""
    if os.name == "nt":
        command = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # On Linux, also what has left the group: it has inherited a home folder that is unique.
    mark = os.fsencode(f"\0HOME={home}\0")
    for _ in range(10):  # while something is found: it may have started more
        found = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in b"\0" + path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    found = True
        if not found:
            return


def read_record(path: Path) -> list[dict]:
    """Return the lines of a record that are JSON objects; anything may have been written to it."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_RECORD)
    except OSError:
        return []
    lines = []
    for text in content.splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


# The table ---------------------------------------------------------------------------------------


def table(rows: list[Row], course: dict[str, Exercises]) -> str:
    """Return the rows as CSV, with a column for each exercise of the notebooks that occur."""
    names = [
        exercise.name
        for stem in course
        if any(row.notebook == stem for row in rows)
        for exercise in course[stem].exercises
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    # With "exercise" before it: a spreadsheet would take "01-2" for a date.
    exercises = [f"exercise {name}" for name in names]
    writer.writerow(["student", "notebook", *exercises, "right", "seconds", "error", "file"])
    for row in rows:
        states = row.states or {}
        cells = [row.student, row.notebook, *(states.get(name, "") for name in names)]
        cells += [row.right, f"{row.seconds:.1f}", row.error, row.file]
        writer.writerow([plain(cell) for cell in cells])
    return file.getvalue()


def plain(value: object) -> str:
    """Return a value as short text on one line that no spreadsheet takes for a formula."""
    text = str(value).encode("utf-8", "replace").decode()
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = text if len(text) <= 500 else f"{text[:500]}..."
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def grade_all(
    found: list[tuple[str, Path | None]], folder: Path, path: Path, seconds: float, memory: float
) -> None:
    """Grade the notebooks that were found, and write the table anew after each.

    Raises:
        OSError: the table could not be written in the end. It is printed instead.
    """
    course = {there.stem: read_exercises(there) for there in notebook_paths()}
    rows: list[Row] = []
    write(path, table(rows, course))
    trouble: OSError | None = None
    for number, (student, notebook) in enumerate(found, start=1):
        file = notebook.relative_to(folder).as_posix() if notebook else ""
        row = Row(student, file, error="" if notebook else "the folder has no notebook")
        if notebook is not None:
            grade(row, notebook, course, seconds, memory)
        rows.append(row)
        states = row.states or {}
        print(
            f"{number} of {len(found)}: {plain(row.student)}, {row.notebook or 'no notebook'}, "
            f"{row.right} of {len(states)} right, {row.seconds:.0f} s  {plain(row.error)}".rstrip(),
            flush=True,
        )
        try:
            write(path, table(rows, course))
            trouble = None
        except OSError as error:  # on Windows, as long as a spreadsheet has it open
            trouble = error
            print(f"{path} could not be written, which is tried again: {error}", file=sys.stderr)
    if trouble is not None:
        print(table(rows, course))
        raise trouble


# The command line --------------------------------------------------------------------------------


def above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser(
        "make",
        help="write a folder of notebooks for students",
        description=MAKE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    maker.add_argument("folder", metavar="FOLDER", type=Path, help="to be made; may exist if empty")
    maker.add_argument(
        "names", metavar="NN", nargs="*", help="beginnings of notebook names; none means all"
    )
    grader = commands.add_parser(
        "grade",
        help="run returned notebooks and write a table of who solved what",
        description=GRADE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grader.add_argument("folder", metavar="FOLDER", type=Path, help="the returned notebooks")
    grader.add_argument(
        "--table", metavar="CSV", type=Path, required=True, help="file to write; must not exist"
    )
    grader.add_argument(
        "--limit",
        metavar="SECONDS",
        type=above_zero,
        default=60,
        help="time limit for each answer (default 60); its check has as long again",
    )
    grader.add_argument(
        "--memory",
        metavar="GB",
        type=above_zero,
        default=4,
        help="memory limit of a process, on Linux (default 4)",
    )
    arguments = parser.parse_args()
    if arguments.command == "make":
        return main_make(maker, arguments)
    return main_grade(grader, arguments)


def main_make(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    folder = arguments.folder
    try:
        chosen = beginning_with(arguments.names, notebook_paths())
    except ValueError as error:
        parser.error(str(error))
    if folder.exists() and not folder.is_dir():
        parser.error(f"FOLDER must be a new or empty folder; {folder} is a file")
    if folder.is_dir() and any(folder.iterdir()):
        parser.error(f"FOLDER must be a new or empty folder; {folder} is not empty")
    try:
        make(folder, chosen)
    except OSError as error:
        parser.error(f"{folder} cannot be written: {error}")
    print(f"{folder}: {', '.join(path.name for path in chosen)}, requirements.txt, README.md")
    print(f"Where the course is missing, they fetch it from https://github.com/{repository()[0]}")
    return 0


def main_grade(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    folder, path = arguments.folder, arguments.table
    if not folder.is_dir():
        parser.error(f"FOLDER must be a folder of returned notebooks; there is none at {folder}")
    if path.exists() or path.is_symlink():
        parser.error(f"--table must name a new file; {path} exists")
    if not path.parent.is_dir():
        parser.error(f"--table must name a file in a folder that exists; {path.parent} does not")
    found = find_returned(folder, [notebook.stem for notebook in notebook_paths()])
    if not any(notebook for _, notebook in found):
        parser.error(
            f"FOLDER must hold notebooks (*.ipynb) or a folder of them for each student; "
            f"{folder} has {sorted(p.name for p in folder.iterdir())[:10] or 'nothing'}"
        )
    try:
        grade_all(found, folder, path, arguments.limit, arguments.memory)
    except KeyboardInterrupt:
        print(f"Stopped. The rows that are done are in {path}.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"{path} cannot be written: {error}", file=sys.stderr)
        return 1
    print(f"The table is in {path}.")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # a student's name must not end the grading
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it like Ctrl-C
    sys.exit(main())
