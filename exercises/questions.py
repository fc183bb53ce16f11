"""Questions that check understanding: clickable where a browser runs jupyterquiz, else folded text.

Their texts are in `NAME.json`, one file for a notebook: plain text with `$formulas$` and
`` `code` ``. Formulas are turned into HTML here, since neither JupyterLab nor Colab typesets what a
script adds to a page (and jupyterquiz would load a second MathJax from the network).
"""

from __future__ import annotations

import html
import importlib
import json
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from IPython.display import HTML, Javascript, display
from IPython.utils.capture import capture_output

from utils.plotting import BLUE

REQUIREMENT = "jupyterquiz>=2.9.6.4,<3"  # the same as in requirements.txt

INK, PAPER, RIGHT, WRONG = "#1A1A1A", "#FFFFFF", "#00694C", "#A34700"  # dark green, dark orange
COLOURS = {
    "--jq-multiple-choice-bg": BLUE,
    "--jq-many-choice-bg": BLUE,
    "--jq-numeric-bg": BLUE,
    "--jq-text-color": PAPER,
    "--jq-mc-button-bg": PAPER,
    "--jq-mc-button-border": "#767676",
    "--jq-numeric-input-bg": PAPER,
    "--jq-numeric-input-label": "inherit",
    "--jq-correct-color": RIGHT,
    "--jq-incorrect-color": WRONG,
}
# Texts have a background of their own, so that they are legible in light and dark themes.
STYLE = f"""<style>
.dl101-quiz .Quiz {{font-size: 1em; line-height: 1.4; margin-left: 0; padding-top: 0}}
.dl101-quiz .Answer {{grid-template-columns: 1fr; grid-gap: 6px; margin: 6px 0}}
.dl101-quiz .MCButton {{justify-content: left; text-align: left; padding: 6px 12px;
  font-size: 1em; border-radius: 6px; color: {INK}}}
.dl101-quiz .MCButton:is(.correctButton, .incorrectButton) {{color: {PAPER}}}
.dl101-quiz .MCButton:focus-within {{outline: 3px solid {BLUE}}}
.dl101-quiz .sr-only {{position: absolute; opacity: 0; width: 1px}}
.dl101-quiz .InpLabel, .dl101-quiz .Input-text {{font-size: 1em; line-height: 1.4}}
.dl101-quiz .InpLabel {{padding: 6px 0}}
.dl101-quiz .Input-text {{border: 1px solid #767676; margin: 6px 0}}
.dl101-quiz .Input-text:not(.correctButton, .incorrectButton) {{color: {INK}}}
.dl101-quiz .Quiz :is(pre, code) {{background: none !important; color: inherit !important;
  font-size: 0.95em; padding: 0 !important}}
.dl101-quiz .Quiz :not(pre) > code {{font-weight: bold}}
.dl101-quiz .QuizCode {{font-size: 1em; margin: 6px 12px}}
.dl101-quiz .Feedback {{font-size: 1em; text-align: left}}
.dl101-quiz .Feedback:is(.correct, .incorrect) {{background: {PAPER}; color: {INK};
  border: 1px solid; border-left-width: 8px; border-radius: 6px; padding: 6px 12px}}
.dl101-quiz .Feedback.correct {{border-color: {RIGHT}}}
.dl101-quiz .Feedback.incorrect {{border-color: {WRONG}}}
.dl101-quiz .correct::before {{content: "✓ Right. "; font-weight: bold; color: {RIGHT}}}
.dl101-quiz .incorrect::before {{content: "✗ Not so. "; font-weight: bold; color: {WRONG}}}
</style>"""

# An output of JavaScript may run before the one with the place for it is on the page. `MathJax`
# is hidden from jupyterquiz, which would load another one, and let it loose on the whole page.
SCRIPT = """(function show() {
  const place = document.getElementById(%s);
  if (!place) { setTimeout(show, 200); return; }
  place.innerHTML = %s;
  (function (MathJax) {
%s
  })();
})();"""

HINTS = {
    "many_choice": " <i>(Several answers are right.)</i>",
    "numeric": " <i>(Type a number and press Enter.)</i>",
}
FUNCTIONS = ("exp", "log", "max", "min", "tanh")
ENTITIES = ("alpha", "delta", "epsilon", "lambda", "sigma", "theta", "nabla", "sum", "prod")
SYMBOLS = {
    **{rf"\{name}": name for name in FUNCTIONS},
    **{rf"\{name}": f"&{name};" for name in ENTITIES},
    **{rf"\{name}": f" &{name}; " for name in ("le", "ge", "ne", "times")},
    **{r"\approx": " &asymp; ", r"\cdot": " &middot; ", r"\to": " &rarr; "},
    **{r"\partial": "&part;", r"\infty": "&infin;", r"\ldots": "&hellip;"},
    **{"-": "&minus;", "'": "&prime;"},
}
ACCENTS = {r"\hat": "\u0302", r"\bar": "\u0304"}


def formula_to_html(tex: str) -> str:
    """Return a short formula in HTML.

    Args:
        tex: letters, numbers, signs, ``^``, ``_``, ``{...}``, and the commands of this module.

    Raises:
        ValueError: it holds another command, or its braces do not match.
    """
    tokens = re.findall(r"\\[A-Za-z]+(?: (?=[\w\\{]))?|\\.|\s+|.", tex)[::-1]

    def atom() -> str:
        if not tokens:
            raise ValueError(f"something is missing at the end of ${tex}$")
        token = tokens.pop()
        name = token.strip() or " "
        if name == "{":
            parts = []
            while tokens and tokens[-1] != "}":
                parts.append(atom())
            if not tokens:
                raise ValueError(f"a brace is not closed in ${tex}$")
            tokens.pop()
            return "".join(parts)
        if name in "^_":
            tag = "sup" if name == "^" else "sub"
            return f"<{tag}>{atom()}</{tag}>"
        if name in ACCENTS:  # on the letter, inside of its <i>
            accented = re.sub(r"\w", lambda found: found[0] + ACCENTS[name], atom_text(), count=1)
            return f"<i>{unicodedata.normalize('NFC', accented)}</i>"
        if name == r"\text":
            return re.sub("</?i>", "", atom())
        if name in SYMBOLS:
            return SYMBOLS[name] + (" " if name[1:] in FUNCTIONS and token[-1] == " " else "")
        if name[0] == "\\" or name == "}":
            raise ValueError(f"{name} cannot be shown, in ${tex}$")
        return f"<i>{name}</i>" if name.isalpha() else html.escape(name)

    def atom_text() -> str:
        return re.sub(r"<.*?>", "", atom())

    parts = []
    while tokens:
        parts.append(atom())
    return f'<span style="white-space: nowrap">{re.sub(" +", " ", "".join(parts))}</span>'


def text_to_html(text: str) -> str:
    """Return text with ``$formulas$`` and `` `code` `` in HTML.

    Raises:
        ValueError: a formula cannot be shown, or a ``$`` or a backtick has no partner.
    """
    parts = re.split(r"(\$[^$]+\$|`[^`]+`)", text)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            if "$" in part or "`" in part:
                raise ValueError(f"a $ or a backtick has no partner in: {text}")
            parts[i] = html.escape(part, quote=False)
        elif part[0] == "$":
            parts[i] = formula_to_html(part[1:-1])
        else:
            parts[i] = f"<code>{html.escape(part[1:-1], quote=False)}</code>"
    return "".join(parts)


def to_html(item: Any) -> Any:
    """Return questions, as a file holds them, with all their texts in HTML."""
    if isinstance(item, list):
        return [to_html(part) for part in item]
    if not isinstance(item, dict):
        return item
    new = {}
    for key, value in item.items():
        if key in ("question", "answer", "feedback"):
            new[key] = text_to_html(value)
        elif key == "code":
            new[key] = html.escape(value, quote=False)
        else:
            new[key] = to_html(value)
    if "question" in new:
        new["question"] += HINTS.get(new["type"], "")
    return new


def read_questions(notebook: str) -> dict[str, list[dict]]:
    """Return the quizzes of a notebook such as ``"01_linear_regression"``, in their order."""
    file = Path(__file__).with_name(f"{notebook.partition('_')[2]}.json")
    return json.loads(file.read_text(encoding="utf-8"))


def folded(questions: list[dict]) -> str:
    """Return HTML in which each answer unfolds its explanation, without any script.

    Args:
        questions: as `to_html` returns them.
    """
    parts = ["<p>Decide first, then click an answer to unfold what is right or wrong in it.</p>"]
    for number, question in enumerate(questions, start=1):
        text = question["question"].replace(HINTS["numeric"], "")
        parts.append(f'<p style="margin-top: 1em"><b>{number}.</b> {text}</p>')
        if "code" in question:
            parts.append(f"<pre>{question['code']}</pre>")
        comments = []
        for answer in question["answers"]:
            mark = "✓ Right." if answer.get("correct") else "✗ Not so."
            if question["type"] != "numeric":
                comment = f"<b>{mark}</b> {answer['feedback']}"
                parts.append(
                    f"<details><summary>{answer['answer']}</summary><p>{comment}</p></details>"
                )
            elif answer["type"] == "value":
                comments.append(f"<p><b>{answer['value']:g}: {mark}</b> {answer['feedback']}</p>")
            elif answer["type"] == "range":
                low, high = answer["range"]
                numbers = f"{low:g} to {high:g}"
                comments.append(f"<p><b>{numbers}: {mark}</b> {answer['feedback']}</p>")
        if comments:
            unfolds = "".join(comments)
            parts.append(
                f"<details><summary>The number, and likely slips</summary>{unfolds}</details>"
            )
    return "\n".join(parts)


@cache
def _display_quiz() -> Callable | None:
    """Return jupyterquiz's function, or None where it cannot be had."""
    try:
        return importlib.import_module("jupyterquiz").display_quiz
    except ImportError:
        if "google.colab" not in sys.modules:
            return None
    # Colab has no jupyterquiz. In a folder of its own it changes none of Colab's packages.
    folder = tempfile.mkdtemp(prefix="dl101-")
    options = ["--quiet", "--no-deps", "--no-input", "--retries=0", "--timeout=10"]
    command = [sys.executable, "-m", "pip", "install", *options, f"--target={folder}", REQUIREMENT]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        sys.path.append(folder)
        importlib.invalidate_caches()
        return importlib.import_module("jupyterquiz").display_quiz
    except (OSError, subprocess.SubprocessError, ImportError):
        return None


def clickable(questions: list[dict], place: str) -> str | None:
    """Return JavaScript that shows the questions in an element of the page, or None.

    Args:
        questions: as `to_html` returns them.
        place: id of the element.
    """
    display_quiz = _display_quiz()
    if display_quiz is None:
        return None
    # jupyterquiz draws a name from Python's random numbers. Keras draws the seeds of its layers
    # from the same, so these must go on as if nothing had been asked.
    state = random.getstate()
    random.seed(place)
    try:
        with capture_output(stdout=False, stderr=False) as captured:
            display_quiz(questions, colors=COLOURS, border_radius=6, max_width=720)
    finally:
        random.setstate(state)
    data = {kind: text for output in captured.outputs for kind, text in output.data.items()}
    if not {"text/html", "application/javascript"} <= data.keys():
        return None  # no kernel runs
    quiz = f'<div class="dl101-quiz">{data["text/html"]}{STYLE}</div>'
    # json.dumps makes letters beyond ASCII safe wherever the script is put.
    return SCRIPT % (json.dumps(place), json.dumps(quiz), data["application/javascript"])


def ask(notebook: str, quiz: str) -> None:
    """Show the questions of one quiz.

    Args:
        notebook: such as ``"01_linear_regression"``.
        quiz: its name in the file of its questions, which is also the id of the cell that asks.

    Raises:
        FileNotFoundError: there are no questions for this notebook.
        ValueError: the notebook has no quiz of this name.
    """
    quizzes = read_questions(notebook)
    if quiz not in quizzes:
        raise ValueError(f"{notebook} has no {quiz!r}; it has {', '.join(quizzes)}")
    questions = to_html(quizzes[quiz])
    place = f"dl101-{notebook}-{quiz}"
    text = (
        f'<p><b>Check your understanding</b></p>\n<div id="{place}">\n{folded(questions)}\n</div>'
    )
    display(HTML(text))
    script = clickable(questions, place)
    if script is not None:
        display(Javascript(script))
