"""The tests on other machines: `nox -l` lists them, `nox -s tests-3.13` runs one.

What follows `--` goes to pytest: `nox -s tests-3.13 -- notebooks/01_linear_regression.ipynb`.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import nox


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session):
    """All tests, on each Python that the course supports."""
    session.install("-r", "requirements.txt")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
@nox.parametrize("backend", ["jax", "torch"], ids=["jax", "torch"])
def backend(session, backend):
    """All tests, with Keras on another backend than TensorFlow."""
    session.install("-r", "requirements.txt", backend)
    # JAX is slow at convolutions on a CPU.
    command = ["python", "-m", "pytest", "--nbval-cell-timeout=900", *session.posargs]
    session.run(*command, env={"KERAS_BACKEND": backend})


@nox.session(python="3.10")
def lowest(session):
    """All tests, with the oldest packages that requirements.txt allows."""
    text = Path("requirements.txt").read_text(encoding="utf-8")
    bounds = re.findall(r"(?m)^([\w-]+)>=([\d.]+)", text)
    session.install(*[f"{name}=={version}" for name, version in bounds])
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
@nox.parametrize("place", ["path", "read-only"], ids=["path", "read-only"])
def anywhere(session, place):
    """All tests, on a copy of the course in an awkward place.

    path: a path with spaces and letters beyond ASCII, in the C locale.
    read-only: files that cannot be written, no .pyc files, two processor cores, a Python that
    takes ASCII for the encoding of everything.
    """
    if place == "read-only" and not (shutil.which("taskset") and shutil.which("unshare")):
        session.skip("needs taskset and unshare, which Linux has")
    session.install("-r", "requirements.txt")
    command = ["python", "-m", "pytest", *session.posargs]
    environment = {"LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        name = "Introdução à IA, 深度学习" if place == "path" else "course"
        course = Path(folder, name)
        # With changes not yet committed.
        shutil.copytree(".", course, ignore=shutil.ignore_patterns(".git", ".nox", ".venv*"))
        if place == "read-only":
            environment |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
            environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
            command = ["taskset", "--cpu-list", "0,1", *command]
            for path in [course, *course.rglob("*")]:
                path.chmod(path.stat().st_mode & ~0o222)
            if os.geteuid() == 0:
                # Root may write to any file, so the folder is mounted read-only, for pytest alone.
                mount = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"'
                command = ["unshare", "--mount", "sh", "-c", mount, "sh", *command]
        with session.chdir(course):
            session.run(*command, env=environment, external=True)
