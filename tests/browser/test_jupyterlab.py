"""The notebooks in a real JupyterLab: Run All, formulas, figures, questions, widgets, links."""

from __future__ import annotations

import html
import math
import platform
import re

import numpy as np
import pytest

from exercises.questions import read_questions, text_to_html
from tests.browser.lab import wait_for
from tools.course import notebook_paths

pytestmark = pytest.mark.browser
PATHS = notebook_paths()
# Run as a whole even without --all-notebooks: short ones that have sliders and the drawing pad.
WHOLE = ("01_linear_regression", "02_logistic_regression", "03_artificial_neural_networks")
LONGEST_RUN = 600  # seconds, on two busy cores


def pytest_generate_tests(metafunc):
    """Run each notebook once, as a whole or in parts; the other tests open every one."""
    every = metafunc.config.getoption("all_notebooks", False)
    paths = {
        test_runs_from_top_to_bottom: [p for p in PATHS if every or p.stem in WHOLE],
        test_set_up_questions_and_widgets: [p for p in PATHS if not every and p.stem not in WHOLE],
    }.get(metafunc.function, PATHS)
    metafunc.parametrize("path", paths, ids=lambda path: path.stem)


def test_opening_changes_nothing(path, lab, open_notebook):
    """The tab is not marked as changed; saved and closed, the file is what it was."""
    file = lab.course / "notebooks" / path.name
    # JupyterLab stores the kernel's version of Python, which need not be that of the last run.
    version = f'"version": "{platform.python_version()}"'
    file.write_text(re.sub(r'"version": "[^"]+"', version, file.read_text("utf-8")), "utf-8")
    before, time = file.read_bytes(), file.stat().st_mtime_ns
    notebook = open_notebook(path)
    notebook.wait_for_kernel()
    notebook.page.wait_for_timeout(1000)  # if something comes late
    assert notebook.page.locator(".lm-TabBar-tab.jp-mod-dirty").count() == 0
    notebook.page.keyboard.press("Control+s")
    wait_for(lambda: file.stat().st_mtime_ns != time, 20)
    notebook.page.keyboard.press("Alt+w")
    notebook.page.locator(".jp-Notebook").wait_for(state="detached")
    wait_for(lambda: file.read_bytes() == before, 20)


def test_runs_from_top_to_bottom(path, open_notebook):
    notebook = open_notebook(path)
    notebook.run_all(LONGEST_RUN)
    check(notebook)
    if any(cell.id == "drawing-pad" for cell in notebook.cells):
        check_drawing_pad(notebook)


def test_set_up_questions_and_widgets(path, open_notebook):
    """What needs no training: the set-up, the questions, and all down to the slider."""
    notebook = open_notebook(path)
    ids = [cell.id for cell in notebook.cells]
    end = ids.index("slider" if "slider" in ids else "imports") + 1
    code = [cell.id for cell in notebook.cells[:end] if cell.cell_type == "code"]
    notebook.run(code + [name for name in ids[end:] if name.startswith("quiz-")], LONGEST_RUN)
    check(notebook)


def check(notebook):
    """Figures, formulas, questions and the slider are as they should be; nothing went wrong."""
    check_figures(notebook)
    check_formulas(notebook)
    names = [cell.id for cell in notebook.cells]
    for name in names:
        if name.startswith("quiz-"):
            check_quiz(notebook, name)
    if "slider" in names:
        check_slider(notebook)
    assert notebook.trouble() == []
    assert notebook.page_errors == []


def check_figures(notebook):
    """Each cell that shows a figure shows one, and the browser can draw it."""
    for cell in notebook.cells:
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            shown = notebook.cell(cell.id).locator(".jp-OutputArea").locator("img, canvas")
            assert shown.count() >= 1, cell.id
    broken = "images => images.filter(image => image.naturalWidth === 0).length"
    assert notebook.page.eval_on_selector_all(".jp-OutputArea img", broken) == 0


def check_formulas(notebook):
    """Each cell with a formula shows it typeset, without an error."""
    for cell in notebook.cells:
        text = re.sub(r"(?s)```.*?```|`[^`]*`", "", cell.source).replace(r"\$", "")
        if cell.cell_type == "markdown" and "$" in text:
            shown = notebook.cell(cell.id)
            shown.locator("mjx-container").first.wait_for(state="attached", timeout=20_000)
            blocks = text.count("$$")
            formulas = blocks // 2 + (text.count("$") - 2 * blocks) // 2
            wait_for(lambda s=shown, n=formulas: s.locator("mjx-container").count() == n, 20)
    assert notebook.page.locator("mjx-merror, [data-mjx-error]").count() == 0


def check_slider(notebook):
    """Moving the slider by its keys changes the figure, and makes no error."""
    cell = notebook.cell("slider")
    handle = cell.locator("[role=slider], .noUi-handle").first
    handle.wait_for(timeout=20_000)
    figure = cell.locator(".jp-OutputArea img").last  # below figures that do not move
    figure.wait_for(timeout=20_000)
    seen = {figure.get_attribute("src")}
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        before = figure.get_attribute("src")
        handle.focus()
        handle.press(key)
        wait_for(lambda b=before: figure.get_attribute("src") != b, 30)
        seen.add(figure.get_attribute("src"))
    assert len(seen) >= 3


def check_quiz(notebook, name):
    """A click on an option, or a number, is answered at once; formulas and code are shown."""
    quiz = read_questions(notebook.path.stem)[name]
    cell = notebook.cell(name)
    wait_for(lambda: cell.locator(".Quiz").count() == len(quiz), 30)
    assert cell.locator("details").count() == 0  # the folded text has made room
    assert not re.search(r"[$`\\]", cell.locator(".jp-OutputArea").inner_text())
    for shown, question in zip(cell.locator(".Quiz").all(), quiz):
        feedback = shown.locator(".Feedback")
        for answer in question["answers"]:
            if question["type"] != "numeric":
                correct = answer["correct"]
                text = visible_text(answer["answer"])
                options = shown.locator(".MCButton")
                texts = [
                    re.sub(r"\s+", " ", option.inner_text()).strip() for option in options.all()
                ]
                options.nth(texts.index(text)).click()
            else:
                correct = answer.get("correct", False)
                number = answer.get("value", np.mean(answer.get("range", 12345)))
                field = shown.locator("input")
                field.click()
                field.press_sequentially(f"{number:g}")
                field.press("Enter")
            assert feedback.get_attribute("class").split()[1] == (
                "correct" if correct else "incorrect"
            )
            told = re.sub(r"\s+", " ", feedback.inner_text())
            assert visible_text(answer["feedback"]) in told


def visible_text(text):
    """What a browser shows of a text with formulas."""
    shown = html.unescape(re.sub(r"<.*?>", "", text_to_html(text)))
    return re.sub(r"\s+", " ", shown).strip()


def circle(x, y, width, height, points=40):
    angles = [2 * math.pi * i / points for i in range(points + 1)]
    return [(x + width * math.cos(a) / 2, y + height * math.sin(a) / 2) for a in angles]


DIGITS = {
    1: [(140, 40), (140, 240)],
    0: circle(140, 140, 130, 190),
    7: [(70, 60), (210, 60), (130, 240)],
}


def check_drawing_pad(notebook):
    """Draw a 1, a 0 and a 7 with the mouse: the network names each. The button and keys work."""
    mouse = notebook.page.mouse
    cell = notebook.cell("drawing-pad")
    verdict, canvas = cell.locator(".dl101-verdict"), cell.locator(".dl101-canvas")
    for digit, points in DIGITS.items():
        cell.locator(".dl101-clear").click()
        wait_for(lambda: "empty" in verdict.inner_text(), 10)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        places = [(box["x"] + x, box["y"] + y) for x, y in points]
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place, steps=5)
        mouse.up()
        wait_for(lambda d=digit: f"It reads a {d}." in verdict.inner_text(), 10, verdict.inner_text)
        assert received_ink(cell) > 10  # the picture beside it has been drawn
    # Without a mouse: from the canvas, Tab leads to the button.
    canvas.focus()
    canvas.press("Tab")
    notebook.page.keyboard.press("Enter")
    wait_for(lambda: "empty" in verdict.inner_text(), 10)
    assert received_ink(cell) == 0
    canvas.focus()
    canvas.press(" ")
    for _ in range(12):
        canvas.press("ArrowDown")
    wait_for(lambda: "It reads a 1." in verdict.inner_text(), 10, verdict.inner_text)


def received_ink(cell):
    """How many pixels of the picture that the network receives are not white."""
    return cell.locator(".dl101-received").evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, 28, 28).data
             .filter((value, i) => i % 4 === 0 && value < 255).length"""
    )


def test_links_open_the_neighbours(path, open_notebook):
    notebook = open_notebook(path)
    navigation = notebook.cells[-1]
    for target in re.findall(r"\]\((\w+\.ipynb)\)", navigation.source):
        notebook.page.click(f'.lm-TabBar-tabLabel:text-is("{path.name}")')
        notebook.page.keyboard.press("Escape")
        link = notebook.cell(navigation.id).locator(f'a[href*="{target}"]')
        link.click()
        notebook.page.wait_for_selector(
            f'.lm-TabBar-tab.lm-mod-current .lm-TabBar-tabLabel:text-is("{target}")', timeout=30_000
        )
        wait_for(lambda n=notebook: n.page.locator(".jp-NotebookPanel").count() >= 2, 30)
