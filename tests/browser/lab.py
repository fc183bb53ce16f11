"""A real JupyterLab, with configuration folders of its own, and a notebook that is open in it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tools.course import is_collapsed
from utils.data import COURSE_FOLDER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

STARTED = 120  # seconds for JupyterLab or a kernel to start, on a busy machine
VIEWPORT = {"width": 1300, "height": 1000}


def wait_for(
    condition: Callable[[], bool], seconds: float, state: Callable[[], object] = lambda: ""
) -> None:
    """Wait until ``condition()`` holds; ``AssertionError`` with ``state()`` if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {state()}"
        time.sleep(0.25)


class Lab:
    """A running JupyterLab on a copy of the course, so that what it saves changes no file here."""

    def __init__(self, folder: Path) -> None:
        self.course = folder / "course"
        for name in ("notebooks", "exercises", "utils", "data"):
            ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(COURSE_FOLDER / name, self.course / name, ignore=ignore)
        shutil.copy(COURSE_FOLDER / "README.md", self.course)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "--ServerApp.ip": "127.0.0.1",
            "--ServerApp.port": port,
            "--ServerApp.port_retries": 0,
            "--ServerApp.root_dir": self.course,
            "--ServerApp.disable_check_xsrf": True,
            "--IdentityProvider.token": "",
            "--LabApp.news_url": None,
            "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        environment = {
            f"JUPYTER{name}_DIR": str(folder / name.strip("_").lower())
            for name in ("_CONFIG", "_DATA", "_RUNTIME", "LAB_SETTINGS", "LAB_WORKSPACES")
        }
        self.log = folder / "jupyterlab.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
                + [f"{name}={value}" for name, value in settings.items()],
                env=os.environ | environment | {"JUPYTER_PREFER_ENV_PATH": "1"},
                cwd=self.course,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._answers, STARTED, lambda: self.log.read_text()[-2000:])

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            self.api("status")
        except OSError:
            return False
        return True

    def api(self, path: str, method: str = "GET") -> object:
        """Return what the server's REST interface answers."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def kernels(self) -> list[dict]:
        """Return what the server says of its kernels; nothing while it is busy with one of them."""
        try:
            return self.api("kernels")
        except urllib.error.HTTPError:
            return []

    def stop_kernels(self) -> None:
        """Stop all kernels; one that is stopped while it starts would trouble the server.

        On a busy machine one that nobody waited for may stay "starting": it shall fail no test.
        """
        with contextlib.suppress(AssertionError):
            wait_for(
                lambda: all(k["execution_state"] != "starting" for k in self.kernels()), STARTED / 4
            )
        for kernel in self.kernels():
            with contextlib.suppress(OSError):
                self.api(f"kernels/{kernel['id']}", "DELETE")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


class OpenNotebook:
    """A notebook of the course, open in JupyterLab."""

    def __init__(self, lab: Lab, browser: Browser, path: Path) -> None:
        self.lab, self.path, self.page = lab, path, browser.new_page(viewport=VIEWPORT)
        page = self.page
        self.cells = nbformat.read(path, as_version=4).cells
        self.prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
        self.page_errors: list[str] = []
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        # A workspace for each notebook: JupyterLab would open the one of the test before as well.
        page.goto(f"{lab.url}/lab/workspaces/test-{path.stem}/tree/notebooks/{path.name}")
        page.wait_for_selector(".jp-Notebook", timeout=1000 * STARTED)

    def wait_for_kernel(self) -> None:
        """Wait until the kernel is connected and idle: what is run before is lost."""
        try:
            wait_for(self._is_ready, STARTED / 2)
        except AssertionError:
            # The server sometimes refuses the first connection for good; a person would reload.
            self.page.reload()
            wait_for(self._is_ready, STARTED, self.lab.kernels)

    def _is_ready(self) -> bool:
        kernels = self.lab.kernels()
        ready = any(k["execution_state"] == "idle" and k["connections"] > 0 for k in kernels)
        return ready and "| Idle" in self.page.inner_text("body")

    def run_all(self, seconds: float) -> None:
        """Run All Cells, and wait until the last one has run; ``AssertionError`` at trouble."""
        self.wait_for_kernel()
        self.page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        self.page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
        wait_for(lambda: "[*]" in "".join(self.prompts.all_text_contents()), 30)
        self._wait_until_run(seconds)

    def run(self, names: list[str], seconds: float) -> None:
        """Run the cells with these ids in turn, and wait; ``AssertionError`` at trouble."""
        self.wait_for_kernel()
        for name in names:
            self.cell(name).locator(".jp-InputPrompt").click()
            self.page.keyboard.press("Shift+Enter")
        self._wait_until_run(seconds)

    def _wait_until_run(self, seconds: float) -> None:
        """Wait until no cell is waiting or running; each has a number, from now or as stored."""
        code = [cell for cell in self.cells if cell.cell_type == "code"]
        # A collapsed cell shows no number.
        collapsed = list(map(is_collapsed, code))

        def has_run() -> bool:
            trouble = self.trouble()
            assert not trouble, trouble
            # Cells are mounted lazily, so their number counts too; the text of a prompt is read
            # even where it is scrolled out of sight.
            texts = self.prompts.all_text_contents()
            if len(texts) != len(code):
                return False
            numbers = [re.search(r"\[\d+\]", t) or hidden for t, hidden in zip(texts, collapsed)]
            indicator = self.page.locator(".jp-Notebook-ExecutionIndicator").first
            idle = indicator.get_attribute("data-status") == "idle"
            return idle and all(numbers)

        wait_for(has_run, seconds, self.prompts.all_text_contents)

    def trouble(self) -> list[str]:
        """Return the texts of all errors and of all that was written to stderr."""
        # JupyterLab 4.6 shows errors as stderr, earlier ones as error.
        kinds = (
            f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("error", "stderr")
        )
        return self.page.locator(", ".join(kinds)).all_text_contents()

    def cell(self, name: str) -> Locator:
        """Return the cell with this id, scrolled into view."""
        index = [cell.id for cell in self.cells].index(name)
        found = self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')
        found.scroll_into_view_if_needed()
        return found
