"""What answers the learner: ``check`` judges an exercise, ``ask`` shows questions.

The checks and the questions of a notebook stand in two files of its name, ``NAME.py`` and
``NAME.json``, read only when asked for. The function ``exercise_2`` of ``linear_regression`` judges
the answer to exercise "01-2".
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path

from exercises.judging import NotYet, ToDo, unfinished
from exercises.questions import ask

__all__ = ["ask", "check"]

MODULES = {
    "00": "start_here",
    "01": "linear_regression",
    "02": "logistic_regression",
    "03": "artificial_neural_networks",
    "04": "deep_neural_networks",
    "05": "regularisation_and_optimisers",
    "06": "convolutional_neural_networks",
    "07": "better_convolutional_networks",
    "08": "review",
    "09": "learned_features",
}


class ExerciseError(Exception):
    """An exercise is not solved, and ``DL101_STRICT=1`` asks for an error."""


def check(name: str, answer: object) -> None:
    """Judge an answer and print one paragraph that begins with "To do", "Not yet" or "Right".

    An error in the answer is part of the hint; nothing that a learner writes makes this raise.
    With ``DL101_CHECKS`` set to a path, one line of JSON is appended there, for instance
    ``{"exercise": "01-2", "state": "not yet"}``.

    Args:
        name: notebook and exercise, for instance ``"01-2"``.
        answer: a function, a number or whatever the exercise asks for. It is not modified.

    Raises:
        ValueError: the course has no exercise of this name, or ``DL101_STRICT`` is neither 0 nor 1.
        ExerciseError: the answer is not right, and ``DL101_STRICT`` is 1.
    """
    checker = _checker(name)
    strict = os.environ.get("DL101_STRICT", "").strip() or "0"
    if strict not in ("0", "1"):
        raise ValueError(f"DL101_STRICT must be 0 or 1, not {strict!r}")
    try:
        if getattr(checker, "unfinished", unfinished)(answer):
            raise ToDo("Replace each `...` by your answer, then run this cell again.")
        state, text = "right", checker(answer)
    except ToDo as message:
        state, text = "to do", str(message)
    except NotYet as hint:
        state, text = "not yet", str(hint)
    except Exception as error:  # the checker met what its author did not think of
        state, text = "not yet", f"This answer cannot be judged: {type(error).__name__}: {error}"
    _record(name, state)
    paragraph = textwrap.fill(
        f"{state.capitalize()}. {text}", 100, break_long_words=False, break_on_hyphens=False
    )
    if strict == "1" and state != "right":
        raise ExerciseError(paragraph)
    print(paragraph)


def _checker(name: str) -> Callable[[object], str]:
    notebook, _, number = str(name).partition("-")
    path = f"{__name__}.{MODULES.get(notebook)}"
    if importlib.util.find_spec(path):
        module = importlib.import_module(path)
        if hasattr(module, f"exercise_{number}"):
            return getattr(module, f"exercise_{number}")
    raise ValueError(f"the course has no exercise {name!r}")


def _record(name: str, state: str) -> None:
    path = os.environ.get("DL101_CHECKS")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"exercise": name, "state": state}) + "\n")
    except OSError as error:
        print(f"The check could not be recorded: {error}")
