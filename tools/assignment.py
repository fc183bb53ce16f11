"""Give the notebooks to a class, and see who solved what.

    python -m tools.assignment make homework 01 02
    python -m tools.assignment grade returned --table results.csv

`make` writes a folder for the students. `grade` runs the answers in the notebooks that come back.
Each says more with --help, for instance: python -m tools.assignment grade --help
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import collections
import contextlib
import csv
import inspect
import io
import json
import math
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import matplotlib
import nbformat
from jupyter_client import AsyncKernelManager

from tools import course
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
each student with any number of notebooks; the name of that folder is then the student's. A copy of
the course in it counts as far as its exercises were worked on. What is left out is printed. The
table has a row for each notebook. Its states are those that `check` gives: "right", "not yet",
"to do" (unchanged); or "missing" (the cell is gone). If several cells answer an exercise, the last
three are run, and the last one counts. The column "error" says what stopped an answer that is not
right.

What runs: the cells `set-up`, `imports` and those tagged `exercise`, all of them the course's own;
then each answer of the student, up to its line with `check`; then the course's own line with
`check`. Nothing else that a student has changed or deleted matters, and no long training delays
the grading. So an answer must bring its helpers along, in its own cell or an earlier answer. An
answer is found by the id of its cell, and by the name of the exercise in a call such as
check("02-3", ...): some editors lose the ids. The data set is the small digits, as in the tests,
unless DL101_DATASET says otherwise.

What protects a row from the others: each notebook runs in a kernel of its own, in a temporary
folder with a copy of the course as it was when the grading began, and with a home folder of its
own; of the environment it gets only what it needs to run. An answer that takes too long is stopped,
and the answers after it still run. Afterwards the process is killed with its children: on Windows
only if it still runs, on Linux also those that have left its process group. Memory is limited on
Linux. If a file of the course changes meanwhile, the grading stops.

What is NOT prevented: the code runs as you. It can read and change your files, the table and the
results of others, look at your processes, use the network, fill the disk, start processes that
hide, stop the grading, and forge its own result, since it shares a process with `check`. Read the
answers of whoever you doubt.

Ctrl-C keeps the rows that are done; with --resume, the same command goes on with the others. To
have a notebook graded again, delete its row.
"""

SET_UP_SECONDS = 300  # for the course's own cells, which start TensorFlow
GRACE_SECONDS = 5  # between the interrupt of an answer and the end of its process
LARGEST_NOTEBOOK = 30_000_000  # bytes
LARGEST_REPLY = 10_000_000
ANSWERS = 3  # to one exercise in one notebook: the last ones
NOISE = re.compile(r"(\.ipynb_checkpoints|__macosx|__pycache__|\.git)$|\._")  # nobody's work
PARTS = ("exercises", "utils", "data", "tools")  # of the course, without what comes and goes:
PASSING = re.compile(r"(^|/)(\.|__pycache__/|my_results\.csv)|\.(npz|tmp)$")
README = "tools/for_students.md"
HANDED_ON = "PATH|PATHEXT|LD_LIBRARY_PATH|LANG|LC_.*|TZ|SYSTEMROOT|KERAS_BACKEND|OMP_.*"


# Make --------------------------------------------------------------------------------------------


def make(folder: Path, paths: list[Path]) -> None:
    """Write to ``folder`` the notebooks at ``paths`` as students get them, and what they need."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in paths}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = for_students(cell.source, names)
            elif cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        write(folder / path.name, nbformat.writes(notebook) + "\n")
    for name, text in (("requirements.txt", "requirements.txt"), ("README.md", README)):
        write(folder / name, (COURSE_FOLDER / text).read_text(encoding="utf-8"))


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


class Exercise(NamedTuple):
    name: str  # "02-3"
    cell_id: str
    source: str
    check: str  # the course's line with `check`


class Notebook(NamedTuple):
    """What grading needs of a notebook of the course."""

    cells: list[str]  # the sources of the cells that the answers may rely on
    exercises: list[Exercise]


class Cell(NamedTuple):
    """A code cell of a returned notebook."""

    ids: tuple  # its own, and where Colab puts it
    source: str

    def answers(self, exercise: Exercise) -> bool:
        return exercise.cell_id in self.ids or exercise.name in mentioned(self.source)


@dataclass
class Row:
    """What the table says about a returned notebook."""

    student: str
    path: Path | None
    file: str = ""
    notebook: str = ""
    error: str = ""
    seconds: float = 0.0
    states: dict[str, str] = field(default_factory=dict)

    def cells(self) -> dict[str, str]:
        # With "exercise" before it: a spreadsheet would take "01-2" for a date.
        states = {f"exercise {name}": state for name, state in self.states.items()}
        right = list(self.states.values()).count("right")
        cells = {"student": self.student, "notebook": self.notebook, **states, "right": right}
        cells |= {"seconds": f"{self.seconds:.1f}", "error": self.error, "file": self.file}
        return {name: plain(cell) for name, cell in cells.items()}


def read_files() -> dict[Path, bytes]:
    """Return the files of the course that answers and grading rely on, as they are now."""
    paths = [p for part in PARTS for p in (COURSE_FOLDER / part).rglob("*") if p.is_file()]
    files = {path.relative_to(COURSE_FOLDER): path for path in paths}
    return {p: path.read_bytes() for p, path in files.items() if not PASSING.search(p.as_posix())}


def read_exercises(path: Path) -> Notebook:
    """Read a notebook of the course; an exercise is a cell that ends with `check("NN-k", ...)`."""
    found = Notebook([], [])
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and course.is_shared(cell, "exercise"):
            found.cells.append(cell.source)
        elif cell.cell_type == "code" and "check(" in cell.source:
            last = ast.unparse(ast.parse(cell.source).body[-1])
            if match := re.match(r"check\('(\d\d-\d+)', ", last):
                found.exercises.append(Exercise(match[1], cell.id, cell.source, last))
    return found


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
    found = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source, metadata = cell.get("source"), cell.get("metadata")
            if isinstance(source, list):
                source = "".join(line for line in source if isinstance(line, str))
            if isinstance(source, str) and source.strip():
                of_colab = metadata.get("id") if isinstance(metadata, dict) else None
                source = source.encode("utf-8", "replace").decode()  # half a pair of surrogates
                found.append(Cell((cell.get("id"), of_colab), source))
    return found


def mentioned(source: str) -> list[str]:
    """Return the exercises that are the first argument of a call, such as `check("02-3", f)`."""
    return re.findall(r"""\(\s*["'](\d\d-\d+)["']\s*,""", source)


def recognise(path: Path, notebooks: dict[str, Notebook]) -> tuple[str, bool]:
    """Return which notebook of the course this is, by its checks, else by its name, or "";
    and whether it was worked on.
    """
    try:
        cells = read_returned(path)
    except (OSError, ValueError):
        cells = []
    checks = collections.Counter(name[:2] for cell in cells for name in mentioned(cell.source))
    numbers = [number for number, _ in checks.most_common()]
    numbers += [stem[:2] for stem in notebooks if stem in path.name.lower()]
    numbers += re.findall(r"\d+", path.stem)
    by_number = {stem[:2]: stem for stem in notebooks}
    stem = next((by_number[number] for number in numbers if number in by_number), "")
    exercises = notebooks[stem].exercises if stem else ()
    pairs = [(cell, e) for cell in cells for e in exercises if cell.answers(e)]
    return stem, not cells or any(cell.source.strip() != e.source.strip() for cell, e in pairs)


def find_returned(folder: Path, notebooks: dict[str, Notebook]) -> tuple[list[Row], dict]:
    """Return a row for each returned notebook, sorted, and why other files are left out.

    What lies in a copy of the course counts if it was worked on and no other is the same notebook;
    or if there is nothing else.
    """
    returned, skipped, places, rows = {}, {}, [folder], []
    for place in places:  # with those below, which are added; os.walk fails at a thousand of them
        try:
            for path in place.iterdir():
                entry, name = path.relative_to(folder).parts[0], path.name.lower()
                is_folder = os.path.isdir(path)  # no error, however long the path is
                if NOISE.match(name) or os.path.isfile(path / "pyvenv.cfg"):
                    continue
                if not is_folder and ".ipynb" not in name:
                    continue
                if name.startswith((".", "__")):
                    skipped[path] = "hidden"
                elif is_folder and os.path.islink(path):
                    skipped[path] = "a link"
                elif is_folder:
                    returned.setdefault(entry, [])
                    places.append(path)
                elif name.endswith(".ipynb"):
                    returned.setdefault(entry, []).append(path)
                else:
                    skipped[path] = "its name does not end in .ipynb"
        except OSError as error:
            skipped[place] = f"it cannot be read: {error}"
    for entry, paths in returned.items():
        own, copied = [], []
        for path in paths:
            above = [place for place in path.parents if folder in place.parents]
            if not any(os.path.isfile(place / "exercises" / "judging.py") for place in above):
                own.append(path)
            elif path.parent.name != "solutions":
                copied.append(path)
        chosen = own
        if copied:
            which = {path: recognise(path, notebooks) for path in own + copied}
            named = {which[path][0] for path in own} - {""}
            worked = [path for path in copied if which[path][1] and which[path][0] not in named]
            chosen = own + worked if named else worked or copied
            left_out = [path for path in which if path not in chosen and which[path][1]]
            skipped.update(dict.fromkeys(left_out, "another one counts"))
        is_folder = (folder / entry).is_dir()
        student = entry if is_folder else student_in(Path(entry).stem, list(notebooks))
        rows += [Row(student, path, path.relative_to(folder).as_posix()) for path in chosen]
        if not chosen:
            rows.append(Row(student, None, error="the folder has no notebook"))
    return sorted(rows, key=lambda row: (row.student.lower(), row.file)), skipped


def student_in(name: str, stems: list[str]) -> str:
    """Return what a file's name says about the student: what is left without the notebook's."""
    name = re.sub(r"(?i)^copy of | ?\(\d+\)$|-copy\d*$", "", name)  # as browsers and editors add
    for stem in stems:
        begin = name.lower().find(stem)
        if begin >= 0:
            rest = name[:begin].rstrip(" _-.") + " " + name[begin + len(stem) :].lstrip(" _-.")
            return rest.strip() or name
    return name


# The process in which answers run ----------------------------------------------------------------


class InKernel:
    """What stands ready in a kernel, to which this source is sent."""

    def __init__(self, shell, gibibytes: float) -> None:
        try:
            import resource

            for name, most in (("DATA", gibibytes), ("FSIZE", 1), ("CORE", 0)):
                limit = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(limit)[1] % 2**63  # -1: none
                most = int(min(most * 2**30, hard))
                resource.setrlimit(limit, (most, most))
        except (ImportError, OSError, ValueError):  # Windows has none, macOS not all
            pass
        self.names, self.exercise, shell.grading = shell.user_ns, None, self
        shell.ast_transformers.append(self)
        shell.showtraceback = shell.showsyntaxerror = self.no_traceback
        shell._tee = lambda channel: contextlib.nullcontext()  # IPython 9 keeps what is printed

    def begin(self, exercise: str) -> None:
        """Bring back what an earlier answer may have changed."""
        if self.exercise is None:  # the course's cells have just run
            self.modules = dict(sys.modules)
            # In a kernel, `exit` would end it.
            self.course = {**self.names, "exit": sys.exit, "quit": sys.exit}
        self.exercise, self.given = exercise, []
        self.names.update(self.course, check=self.remember)
        # Else what is printed waits in memory until it is sent to nobody.
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8", errors="replace")
        sys.modules.update(self.modules)
        if "keras" in self.modules:
            self.modules["keras"].utils.set_random_seed(0)

    def remember(self, name: object, answer: object) -> None:
        """Stand in for `check` in the student's cell, so that no answer is judged twice."""
        if isinstance(name, str) and name == self.exercise:
            self.given = [answer]

    def no_traceback(self, *_, **__) -> None:
        """Nobody reads it; but without a text of the error, the kernel does not reply."""
        try:
            str(sys.exc_info()[1])
        except BaseException:
            sys.exc_info()[0].__str__ = lambda _: ""

    def visit(self, tree: ast.Module) -> ast.Module:
        """Cut off what follows a cell's last line with `check`: experiments take time."""
        for k, line in reversed(list(enumerate(tree.body, 1))):
            arguments = getattr(getattr(line, "value", None), "args", None)
            first = getattr(arguments[0], "value", None) if arguments else None
            if first and first == self.exercise:
                tree.body = tree.body[:k]
                break
        return tree

    def judge(self, line: str) -> None:
        """Run the course's line with `check`, which raises an error unless the answer is right."""
        os.environ["DL101_STRICT"] = "1"
        self.names["check"] = self.course["check"]
        try:
            exec(line, self.names)
        except NameError:  # the student calls it something else, and has checked that
            if not self.given:
                raise
            self.course["check"](self.exercise, self.given[0])


class Ended(Exception):
    """A kernel has ended, or must be killed. The message says why."""


class Kernel:
    """A process that runs cells in a temporary folder. What they print goes nowhere."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dl101-answers-")).resolve()
        self.manager = AsyncKernelManager(connection_file=str(self.folder / "kernel.json"))
        self.manager.context.maxmsgsize = LARGEST_REPLY
        self.client = None

    async def start(self, files: dict[Path, bytes], cells: list[str], gibibytes: float) -> None:
        """Start the process beside a copy of the course, and run cells of the course in it."""
        await self.manager.start_kernel(
            env=surroundings(self.folder, files),
            cwd=str(self.folder / "course" / "notebooks"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            extra_arguments=["--HistoryManager.enabled=False"],
        )
        self.client = self.manager.client(context=self.manager.context)
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        source = f"import ast, contextlib, os, sys\n{inspect.getsource(InKernel)}"
        source += f"InKernel(get_ipython(), {gibibytes!r})"
        for cell in [f"exec({source!r}, {{}})", *cells]:
            await self.run_ours(cell)

    async def run_ours(self, cell: str) -> None:
        """Run a cell that must not fail; raise `Ended`."""
        if error := await self.run(cell, SET_UP_SECONDS):
            raise Ended(error)

    async def run(self, cell: str, seconds: float) -> str:
        """Run a cell and return the error that it ended with, or ""; raise `Ended`."""
        reply = self.client.execute(cell, silent=True, stop_on_error=False, reply=True)
        both = [asyncio.ensure_future(one) for one in (reply, self.manager.provisioner.wait())]
        reply, death = both
        try:
            done, _ = await asyncio.wait(both, timeout=seconds, return_when="FIRST_COMPLETED")
            late = "" if done else f"took longer than {seconds:g} s"
            if late:  # interrupted as by a learner: what it has defined until then counts
                await self.manager.interrupt_kernel()
                await asyncio.wait(both, timeout=GRACE_SECONDS, return_when="FIRST_COMPLETED")
            if reply.done():
                answer = reply.result()["content"]
                if answer["status"] == "ok":
                    return ""
                error = f"{answer.get('ename')}: {answer.get('evalue')}".removesuffix(": ")
                return late if late and error.startswith("KeyboardInterrupt") else error[:1000]
            code = death.result() if death.done() else 0
            ended = f"its process ended with code {code}" if code else "it ended its process"
            raise Ended(late or ended)
        finally:
            for one in both:
                one.cancel()

    async def stop(self) -> None:
        """Kill the process with all that it has started, and delete the folder."""
        if self.client is not None:
            self.client.shell_channel.stop()
        kill(getattr(self.manager.provisioner, "pid", None), str(self.folder / "home"))
        try:
            await self.manager.shutdown_kernel(now=True)
        except Exception:
            pass  # it has not started
        finally:  # even if the grading is interrupted here
            if os.name == "posix":  # Python 3.11 fails where a thousand folders are nested
                for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
                    subprocess.run([*command, str(self.folder)], stderr=subprocess.DEVNULL)
            shutil.rmtree(self.folder, ignore_errors=True)


def surroundings(folder: Path, files: dict[Path, bytes]) -> dict[str, str]:
    """Fill a temporary folder with what answers need, and return the environment to run them in."""
    home, temporary, fonts = folder / "home", folder / "tmp", folder / "home" / "matplotlib"
    for place in (folder / "course" / "notebooks", temporary, fonts):
        place.mkdir(parents=True)
    for path, content in files.items():
        copy = folder / "course" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copyfile(path, fonts / path.name)  # to find all fonts again would take seconds
    kept = {name: text for name, text in os.environ.items() if re.fullmatch(HANDED_ON, name, re.I)}
    mnist = os.environ.get("DL101_MNIST") or mnist_cache()
    if mnist and Path(mnist).exists():
        kept["DL101_MNIST"] = str(Path(mnist).resolve())
    homes = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "IPYTHONDIR")
    return {
        "OMP_NUM_THREADS": "1",  # every core has a kernel of its own
        **kept,
        **dict.fromkeys(homes, str(home)),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
        "DL101_DATASET": os.environ.get("DL101_DATASET") or "digits",
        "DL101_RESULTS": str(home / "results.csv"),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(fonts),
        # The packages of `pip install --user` are in the real home folder.
        "PYTHONUSERBASE": site.getuserbase(),
        # `check` prints letters that are in no Windows code page.
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }


def kill(pid: int | None, home: str) -> None:
    """Kill a kernel and whatever it has started; ``home`` is the home folder it was given."""
    if pid and os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True)
    elif pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
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


# Grade -------------------------------------------------------------------------------------------


class Changed(Exception):
    """A file of the course is not what it was when the grading began."""


async def grade(row: Row, notebooks: dict, files: dict, options) -> None:
    """Judge a returned notebook and write to ``row`` what was found.

    Raises:
        ValueError: it cannot be judged. The message says why.
    """
    row.notebook, _ = recognise(row.path, notebooks)
    wanted = notebooks.get(row.notebook, Notebook([], []))
    row.states = {exercise.name: "missing" for exercise in wanted.exercises}
    cells = read_returned(row.path)
    if not row.notebook:
        raise ValueError("neither its checks nor its name say which notebook of the course it is")
    if not wanted.exercises:
        raise ValueError("this notebook of the course has no exercises with `check`")
    answers = [
        (exercise.name, cell.source, exercise.check)
        for exercise in wanted.exercises
        for cell in [cell for cell in cells if cell.answers(exercise)][-ANSWERS:]
    ]
    known = {exercise.name for notebook in notebooks.values() for exercise in notebook.exercises}
    others = {name for cell in cells for name in mentioned(cell.source)} & known - set(row.states)
    errors = {"of another notebook, skipped": " ".join(sorted(others))}
    while answers:  # each time in a new kernel: no answer shall pay for the one before
        kernel, name, begun = Kernel(), "", False
        try:
            await kernel.start(files, wanted.cells, options.memory)
            while answers:
                await kernel.run_ours(f"get_ipython().grading.begin({answers[0][0]!r})")
                (name, source, check), begun = answers.pop(0), True
                error = await kernel.run(source, options.limit)
                line = f"get_ipython().grading.judge({check!r})"
                hint = await kernel.run(line, options.limit)
                of_check = hint.startswith("ExerciseError: ")
                to_do = of_check and hint.partition(": ")[2].startswith("To do")
                row.states[name] = "right" if not hint else "to do" if to_do else "not yet"
                errors[name] = (error or ("" if of_check else hint)) if hint else ""
                name = ""
        except Ended as ended:
            if name:
                row.states[name], errors[name] = "not yet", str(ended)
            elif not begun:
                row.states.update((name, "") for name, _, _ in answers)
                errors["the course's own cells"] = f"failed, so that not all was judged: {ended}"
                break
        finally:
            await kernel.stop()
    row.error = ", ".join(f"{name}: {error}" for name, error in errors.items() if error)


async def grade_all(rows: list[Row], kept: list[dict], notebooks: dict, options) -> None:
    """Grade on all cores, and after each row write the table anew, with the rows ``kept``.

    Raises:
        OSError: the table could not be written in the end. It is printed instead.
        Changed: a file of the course has changed.
    """
    files, free = read_files(), asyncio.Semaphore(math.ceil(options.jobs))

    async def one(row: Row) -> Row:
        async with free:
            begin = time.monotonic()
            try:
                if row.path:
                    await grade(row, notebooks, files, options)
            except Exception as error:  # whatever was returned, the others are graded
                kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
                row.error = f"{kind}{error}"
            row.seconds = time.monotonic() - begin
            return row

    for number in (signal.SIGTERM, signal.SIGHUP) if os.name == "posix" else ():
        if signal.getsignal(number) is signal.SIG_DFL:  # else, it is under nohup
            cancel = asyncio.current_task().cancel
            asyncio.get_running_loop().add_signal_handler(number, cancel)
    begin, graded = time.monotonic(), []
    tasks = [asyncio.create_task(one(row)) for row in rows]
    try:
        write(options.table, table(kept, notebooks))
        for number, done in enumerate(asyncio.as_completed(tasks), start=1):
            row = await done
            now = read_files()
            if changed := [str(name) for name in files | now if files.get(name) != now.get(name)]:
                raise Changed(
                    f"files of the course changed meanwhile: {', '.join(changed[:5])}. Was it a "
                    f"returned notebook? The rows that were done before are in {options.table}."
                )
            graded.append(row)
            cells, left = row.cells(), (time.monotonic() - begin) / number * (len(rows) - number)
            print(
                f"{number} of {len(rows)}: {cells['student']}, {row.notebook or 'no notebook'}, "
                f"{cells['right']} of {len(row.states)} right, {row.seconds:.0f} s"
                f"{f', {left / 60:.0f} min left' if left > 0 else ''}  {cells['error']}".rstrip(),
                flush=True,
            )
            text = table([*kept, *(row.cells() for row in rows if row in graded)], notebooks)
            try:
                write(options.table, text)
            except OSError as error:  # on Windows, as long as a spreadsheet has it open
                print(f"{options.table} could not be written: {error}", file=sys.stderr)
                if number == len(rows):
                    print(text)
                    raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def table(rows: list[dict[str, str]], notebooks: dict[str, Notebook]) -> str:
    """Return the rows as CSV, with a column for each exercise of the notebooks that occur."""
    names = [f"exercise {e.name}" for notebook in notebooks.values() for e in notebook.exercises]
    names = [name for name in names if any(name in row for row in rows)]
    header = ["student", "notebook", *names, "right", "seconds", "error", "file"]
    file = io.StringIO()
    writer = csv.DictWriter(file, header, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def plain(value: object) -> str:
    """Return a value as short text on one line that no spreadsheet takes for a formula."""
    text = str(value).encode("utf-8", "replace").decode().replace(";", ",")  # some divide there
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = text if len(text) <= 500 else f"{text[:500]}..."
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


# The command line --------------------------------------------------------------------------------


def above_zero(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")


def main() -> int:
    form = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(description=__doc__, **form)
    commands = parser.add_subparsers(dest="command", required=True)
    text = "write a folder of notebooks for students"
    maker = commands.add_parser("make", help=text, description=MAKE, **form)
    maker.set_defaults(run=main_make)
    add = maker.add_argument
    add("folder", metavar="FOLDER", type=Path, help="to be made; may exist if empty")
    add("names", metavar="NN", nargs="*", help="beginnings of notebook names; none means all")
    text = "run returned notebooks and write a table of who solved what"
    grader = commands.add_parser("grade", help=text, description=GRADE, **form)
    grader.set_defaults(run=main_grade)
    add, number = grader.add_argument, {"type": above_zero}
    add("folder", metavar="FOLDER", type=Path, help="the returned notebooks")
    add("--table", metavar="CSV", type=Path, required=True, help="file to write; must not exist")
    add("--resume", action="store_true", help="go on with a table that exists: its rows stay")
    text = "time limit for each answer (default 60); its check has as long again"
    add("--limit", metavar="SECONDS", default=60, help=text, **number)
    text = "memory limit of a process, on Linux (default 4)"
    add("--memory", metavar="GB", default=4, help=text, **number)
    text = "notebooks at a time (default: the number of cores); each may take that memory"
    add("--jobs", metavar="N", default=course.usable_cores(), help=text, **number)
    options = parser.parse_args()
    try:
        return options.run(options)
    except Unusable as error:
        return parser.error(str(error))


class Unusable(Exception):
    """What the command line names cannot be used. The message says why."""


def main_make(options: argparse.Namespace) -> int:
    folder, slug = options.folder, repository()[0]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Unusable(f"FOLDER must be a new or empty folder; {folder} is not")
    try:
        chosen = beginning_with(options.names, notebook_paths())
        if slug == course.PLACEHOLDER:
            raise ValueError(
                f"the notebooks would fetch the course from {slug}, which stands for a repository "
                "of your own: first python -m tools.set_repository NAME/REPOSITORY"
            )
        make(folder, chosen)
    except (ValueError, OSError) as error:
        raise Unusable(error) from error
    print(f"{folder}: {', '.join(path.name for path in chosen)}, requirements.txt, README.md")
    print(f"Where the course is missing, they fetch it from https://github.com/{slug}")
    return 0


def main_grade(options: argparse.Namespace) -> int:
    folder, path, kept = options.folder, options.table, []
    if not folder.is_dir():
        raise Unusable(f"FOLDER must be a folder of returned notebooks; there is none at {folder}")
    if options.resume and path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restkey="more")
            kept = [{name: cell for name, cell in row.items() if cell} for row in reader]
        if not {"student", "notebook", "file"} <= set(reader.fieldnames or ()):
            raise Unusable(f"--table must name a table to go on with; {path} is something else")
    elif path.exists() or path.is_symlink():
        raise Unusable(f"--table must name a new file; {path} exists (to go on with it: --resume)")
    if not path.parent.is_dir():
        raise Unusable(f"--table must name a file in a folder that exists; {path.parent} does not")
    notebooks = {notebook.stem: read_exercises(notebook) for notebook in notebook_paths()}
    rows, skipped = find_returned(folder, notebooks)
    if not any(row.path for row in rows):
        raise Unusable(
            f"FOLDER must hold notebooks (*.ipynb) or a folder of them for each student; "
            f"{folder} has {sorted(p.name for p in folder.iterdir())[:10] or 'nothing'}"
        )
    for name, why in sorted(skipped.items()):
        print(f"skipped: {plain(name.relative_to(folder).as_posix())} ({why})")
    done = {(row.get("student"), row.get("file")) for row in kept}
    rows = [row for row in rows if (plain(row.student), plain(row.file) or None) not in done]
    try:
        asyncio.run(grade_all(rows, kept, notebooks, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print(f"Stopped. The rows that are done are in {path}; --resume goes on.", file=sys.stderr)
        return 130
    except (Changed, OSError) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    print(f"The table is in {path}.")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # a student's name must not end the grading
    sys.exit(main())
