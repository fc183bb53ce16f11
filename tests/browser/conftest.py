"""A real Chromium, and JupyterLab for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import Lab, OpenNotebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Chromium's own calls to its makers' hosts are left out.
CHROMIUM_OPTIONS = (
    "--no-sandbox",  # needed where the tests run as root, as in most containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-notebooks", action="store_true", help="run every notebook as a whole in JupyterLab"
    )


def missing(what: str) -> None:
    """Skip, or fail where continuous integration should have installed it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is missing: pip install -r tests/browser/requirements.txt")
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        missing("Chromium is missing: on Debian and Ubuntu, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser) -> Iterator[Callable[[Path], OpenNotebook]]:
    """Open a notebook of the course in a page of its own; its kernel ends with the test."""
    opened = []

    def open_notebook(path: Path) -> OpenNotebook:
        opened.append(OpenNotebook(lab, browser, path))
        return opened[-1]

    yield open_notebook
    lab.stop_kernels()
    for notebook in opened:
        notebook.page.close()
