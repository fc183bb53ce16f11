"""Run the answers of one returned notebook, in a process of its own, for `tools/assignment.py`.

It reads from stdin, as JSON: "cells", the cells of the course that every answer may rely on;
"answers", for each answer its exercise, the student's cell, and the course's line with `check`;
"seconds", the time limit for each answer; "memory", in GiB. Progress and errors go, line by line
in JSON, to the file that DL101_CHECKS names, to which `check` adds its own lines.
"""

from __future__ import annotations

import _thread
import ast
import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


def main() -> None:
    job = json.load(sys.stdin.buffer)
    # While a student's cell runs, nothing in its environment names the record.
    record = Path(os.environ.pop("DL101_CHECKS"))
    limit_memory(job["memory"])
    sys.path[0] = ""  # as in a kernel: the working folder instead of tools/

    def note(**line: str) -> None:
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    names = shell.user_ns
    for source in job["cells"]:
        error = run(shell, source)
        if error is not None:
            note(error=described(error))
            leave(1)

    from exercises import check

    given = {}

    def remember(name: object, answer: object) -> None:
        """Stand in for `check` in the student's cell, so that no answer is judged twice."""
        if isinstance(name, str):
            given[name] = answer

    course = dict(names)
    for name, source, line in job["answers"]:
        note(exercise=name, event="begins")
        given.clear()
        names.update(course, check=remember)  # whatever an earlier answer made of them
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(0)
        error = run(shell, up_to_check(shell, source, name), job["seconds"])
        note(exercise=name, event="checks")
        names["check"] = check
        os.environ["DL101_CHECKS"] = str(record)
        before = record.stat().st_size
        trouble = run(shell, line, job["seconds"])
        if isinstance(trouble, NameError) and name in given:
            # The student calls it something else, and has checked that.
            names["_given"] = given[name]
            trouble = run(shell, f"check({name!r}, _given)", job["seconds"])
        os.environ.pop("DL101_CHECKS", None)
        if trouble is not None and record.stat().st_size == before:
            note(exercise=name, state="not yet", error=described(error or trouble, job["seconds"]))
        elif error is not None:
            note(exercise=name, error=described(error, job["seconds"]))
        note(exercise=name, event="ends")
    leave(0)


def limit_memory(gibibytes: float) -> None:
    """Limit memory and the size of files, where the operating system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {"RLIMIT_DATA": int(gibibytes * 2**30), "RLIMIT_FSIZE": 2**30, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # a lower limit is set already
            resource.setrlimit(getattr(resource, name), (most, most))


def run(shell: InteractiveShell, source: str, seconds: float | None = None) -> BaseException | None:
    """Run a cell as a kernel would, magics included, and return the exception that ended it.

    After ``seconds`` it is interrupted, as by a learner: what it has defined until then counts.
    Code that resists is killed by `tools/assignment.py`, a little later.
    """
    # Whatever SIGINT was set to: by a shell that starts the grading in the background, or a cell.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(seconds or 0, interrupt)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        result = shell.run_cell(source, silent=True)
        return result.error_before_exec or result.error_in_exec
    except BaseException as error:  # source that Python cannot even read, or an interrupt between
        return error
    finally:
        timer.cancel()


def interrupt() -> None:
    if hasattr(signal, "pthread_kill"):  # wakes a sleeping thread, too
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()


def up_to_check(shell: InteractiveShell, source: str, name: str) -> str:
    """Return a cell without what follows its last line with `check`: experiments take time."""
    try:
        source = shell.transform_cell(source)
        tree = ast.parse(source)
    except Exception:  # running it will show what is wrong
        return source
    for statement in reversed(tree.body):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and first.value == name:
                return "".join(source.splitlines(keepends=True)[: statement.end_lineno])
    return source


def described(error: BaseException, seconds: float | None = None) -> str:
    if isinstance(error, KeyboardInterrupt) and seconds is not None:
        return f"took longer than {seconds:g} s"
    try:
        return f"{type(error).__name__}: {error}"[:1000].removesuffix(": ")
    except Exception:  # an exception of the student's own
        return type(error).__name__


def leave(code: int) -> None:
    """End now: no thread, no exit handler of a student's code holds this process."""
    os._exit(code)


if __name__ == "__main__":
    main()
