"""The exercises: every solution passes, every wrong answer gets its hint, `check` never raises.

A notebook takes part as soon as it holds a `check`. Its set-up, its imports and its cells tagged
`exercise` run once; each answer then runs on a copy of the names that they leave. The solutions run
one after the other, as a kernel would run their notebook: it is not executed by any other test.
"""

import ast
import contextlib
import functools
import importlib
import inspect
import io
import json
import os
import re
import sys
from typing import NamedTuple

import keras
import nbformat
import numpy as np
import pytest

from exercises import MODULES, ExerciseError, check
from exercises.judging import NotYet, ToDo, When, call, expect, judge, numbers
from tools.course import NOTEBOOKS, notebook_paths, solution_paths


def read(path):
    """Return the cells of a notebook by id."""
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


@functools.cache
def notebook(stem):
    return read(NOTEBOOKS / f"{stem}.ipynb")


@functools.cache
def solutions(stem):
    path = NOTEBOOKS / "solutions" / f"{stem}.ipynb"
    return read(path) if path.exists() else {}


@functools.cache
def wrong_answers(stem):
    try:
        return importlib.import_module(f"tests.wrong_answers.{stem[3:]}").WRONG
    except ModuleNotFoundError:
        return {}


def unusual_answers(stem):
    """Return what is right, but not what one would expect: code by the id of the cell."""
    return getattr(importlib.import_module(f"tests.wrong_answers.{stem[3:]}"), "RIGHT", {})


def is_answer(name):
    return re.fullmatch(r"exercise-\d+-answer", name) is not None


def shared(cells):
    """Return the code cells on which an answer may rely, by id."""
    return {
        name: cell.source
        for name, cell in cells.items()
        if name in ("set-up", "imports") or "exercise" in cell.metadata.get("tags", [])
    }


STEMS = [path.stem for path in notebook_paths() if "from exercises" in path.read_text("utf-8")]
ANSWERS = [(stem, name) for stem in STEMS for name in notebook(stem) if is_answer(name)]
WRONG = [
    pytest.param(stem, name, *case, id=f"{stem}-{name.split('-')[1]}-{k}")
    for stem, name in ANSWERS
    for k, case in enumerate(wrong_answers(stem).get(name, []))
]
UNUSUAL = [
    pytest.param(stem, name, source, id=f"{stem}-{name.split('-')[1]}-{k}")
    for stem, name in ANSWERS
    for k, source in enumerate(unusual_answers(stem).get(name, []))
]
each_notebook = pytest.mark.parametrize("stem", STEMS)
each_answer = pytest.mark.parametrize(("stem", "name"), ANSWERS)


def shortly_trained(model, *arguments, fit=keras.Model.fit, **options):
    """Stand in for `fit` with as many epochs as a right answer needs on the digits."""
    return fit(model, *arguments, **options | {"epochs": min(options.get("epochs", 1), 25)})


def untrained(model, x, y, **options):
    """Stand in for `fit` where nothing is judged any more: its metrics, without training."""
    model.run_eagerly = True  # else most of the time goes into compiling
    some = [part[:32] for part in y] if isinstance(y, list) else y[:32]
    values = model.evaluate(x[:32], some, verbose=0, return_dict=True)
    history = keras.callbacks.History()
    history.history = {name: [value] for name, value in values.items()}
    return history


def execute(source, names, folder=NOTEBOOKS):
    """Run a cell; return what it recorded, as (exercise, state), and the text that it printed."""
    states, out = [], io.StringIO()

    def record(*state):
        states.append(state)
        patch.setattr(keras.Model, "fit", untrained)  # what follows a check only shows something

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.chdir(folder)
        patch.setattr("exercises._record", record)
        exec(compile(source, "cell", "exec"), names)
    return states, " ".join(out.getvalue().split())


@functools.cache
def names_for_answers(stem):
    """Run what the answers rely on, once for each notebook, in the folder of the solutions."""
    names = {"__name__": "__main__"}
    for source in shared(notebook(stem)).values():
        execute(source, names, NOTEBOOKS / "solutions")
    return names


def run(stem, source):
    """Run an answer as its notebook would; return what it recorded and printed."""
    names = dict(names_for_answers(stem))
    keras.utils.set_random_seed(0)  # no answer depends on those that ran before
    return execute(source, names)


class Call(NamedTuple):
    """A call of `judge` or `expect`: its line in the module, and what it was given by name."""

    function: object
    line: int
    given: dict


class Solved(NamedTuple):
    """What came of a cell of a solution notebook."""

    error: Exception | None
    states: list
    text: str
    calls: list[Call]


@functools.cache
def solved(stem):
    """Run the answers of a solution notebook as a kernel would; return what came of each."""
    names, results = dict(names_for_answers(stem)), {}
    module = importlib.import_module(f"exercises.{stem[3:]}")

    def spy(function):
        def spied(*arguments, **options):
            bound = inspect.signature(function).bind(*arguments, **options)
            bound.apply_defaults()
            if function is judge:
                bound.arguments["cases"] = list(bound.arguments["cases"])
            calls.append(Call(function, sys._getframe(1).f_lineno, bound.arguments))
            return function(**bound.arguments)

        return spied

    for name in filter(is_answer, solutions(stem)):
        calls, states, text, error = [], [], "", None
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DL101_STRICT", "1")
            patch.setattr(keras.Model, "fit", shortly_trained)
            for function in (judge, expect):
                patch.setattr(module, function.__name__, spy(function), raising=False)
            try:
                states, text = execute(solutions(stem)[name].source, names, NOTEBOOKS / "solutions")
            except Exception as raised:
                error = raised
        results[name] = Solved(error, states, text, calls)
    return results


def name_of(stem, name):
    return f"{stem[:2]}-{name.split('-')[1]}"


def check_line(stem, name):
    """Return the statement with `check` that ends the notebook's cell."""
    return ast.unparse(ast.parse(notebook(stem)[name].source).body[-1])


# The notebooks -----------------------------------------------------------------------------------


@each_notebook
def test_exercises_are_numbered_and_complete(stem):
    ids = [name for name in notebook(stem) if name.startswith("exercise-")]
    numbers = range(1, len(ids) // 2 + 1)
    assert ids == [f"exercise-{k}{end}" for k in numbers for end in ("", "-answer")]
    for k in numbers:
        assert re.search(
            rf"\b{k}\. .*\*\*.* \*\(\d+ minutes\)\*", notebook(stem)[f"exercise-{k}"].source
        )


@each_answer
def test_the_cell_of_an_answer_ends_with_its_check(stem, name):
    cell = notebook(stem)[name]
    assert cell.source.startswith("# Your answer\n")
    assert check_line(stem, name).startswith(f"check('{name_of(stem, name)}', ")
    assert "..." in cell.source
    assert cell.outputs[0].text.startswith("To do. ")


@each_notebook
def test_solutions_match_the_notebook(stem):
    found = [name for name in solutions(stem) if name.startswith("exercise-")]
    expected = [
        f"{name}{end}"
        for name in notebook(stem)
        if re.fullmatch(r"exercise-\d+", name)
        for end in ("", "-reasoning", "-answer")
    ]
    assert found == expected
    assert list(shared(solutions(stem)).items()) == list(shared(notebook(stem)).items())
    code = [name for name, cell in solutions(stem).items() if cell.cell_type == "code"]
    assert code == [*shared(notebook(stem)), *filter(is_answer, expected)]
    for name in expected:
        if is_answer(name):
            assert check_line(stem, name) in ast.unparse(ast.parse(solutions(stem)[name].source))
            text = "".join(output.get("text", "") for output in solutions(stem)[name].outputs)
            assert re.search("(?m)^Right. ", text), name
        elif not name.endswith("-reasoning"):
            assert f"(../{stem}.ipynb#Exercises)" in solutions(stem)[name].source
    assert f"(solutions/{stem}.ipynb)" in notebook(stem)["exercises"].source


def test_no_solutions_without_a_notebook():
    assert [path.stem for path in solution_paths()] == STEMS
    assert not list((NOTEBOOKS / "solutions").glob("[!0-9]*.ipynb"))


@each_notebook
def test_each_exercise_has_two_wrong_answers(stem):
    assert list(wrong_answers(stem)) == [name for s, name in ANSWERS if s == stem]
    assert all(len(cases) >= 2 for cases in wrong_answers(stem).values())


@each_answer
def test_an_unsolved_exercise_is_to_do(stem, name):
    states, text = run(stem, notebook(stem)[name].source)
    assert states == [(name_of(stem, name), "to do")]
    assert text.startswith("To do. ")


@each_answer
def test_the_solution_is_right(stem, name):
    error, states, text, _ = solved(stem)[name]
    if error is not None:
        raise error
    assert states == [(name_of(stem, name), "right")]
    assert "Right. " in text


@pytest.mark.parametrize(("stem", "name", "source", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(stem, name, source, hint):
    states, text = run(stem, f"{source}\n{check_line(stem, name)}")
    assert states == [(name_of(stem, name), "not yet")]
    assert text.startswith("Not yet. ")
    assert hint in text


@pytest.mark.parametrize(("stem", "name", "source"), UNUSUAL)
def test_an_unusual_answer_is_right(stem, name, source):
    states, text = run(stem, f"{source}\n{check_line(stem, name)}")
    assert states == [(name_of(stem, name), "right")], text


def wrong_values(call):
    """Return (hint, arguments of the same call) for each value that `expect` takes for likely.

    For what is told by a function there are no arguments.
    """
    for hint, wrong in (call.given["likely"] or {}).items():
        for value in wrong if isinstance(wrong, set) else [wrong]:
            yield hint, None if callable(value) else call.given | {"found": value}


def mistakes(call):
    """Return (hint, arguments of the same call) for each of the mistakes that `judge` knows.

    Each function runs once on each case; the calls replay the results.
    """
    _, right, cases, known, _ = call.given.values()

    def replay(function):
        if isinstance(function, When):
            return When(lambda found, k: function.holds(found, *cases[k]))
        return functools.cache(lambda k: function(*cases[k]))

    def completed(mistake):
        def answer(k):
            found, expected = mistake(k), right(k)
            if not isinstance(found, tuple):
                return found
            return tuple(e if f is None else f for f, e in zip(found, expected))

        return answer

    right, known = replay(right), {hint: replay(mistake) for hint, mistake in known.items()}
    given = call.given | {
        "right": right,
        "mistakes": known,
        "cases": [(k,) for k in range(len(cases))],
    }
    for hint, mistake in known.items():
        yield hint, None if isinstance(mistake, When) else given | {"answer": completed(mistake)}


@each_answer
def test_each_mistake_gets_its_own_hint(stem, name):
    """What the check of an exercise takes for a likely mistake, it recognises when it comes.

    Where a hint is about many answers, one of the wrong answers gets it.
    """
    words = [words.rpartition("`: ")[2] for _, words in wrong_answers(stem)[name]]
    for judged in solved(stem)[name].calls:
        for hint, given in (mistakes if judged.function is judge else wrong_values)(judged):
            if given is None:
                assert any(part in hint for part in words), hint
                continue
            with np.errstate(all="ignore"), pytest.raises(NotYet) as refused:
                judged.function(**given)
            assert str(refused.value).endswith(hint)


@each_notebook
def test_the_solutions_reach_each_judge_and_expect(stem):
    source = inspect.getsource(importlib.import_module(f"exercises.{stem[3:]}"))
    calls = {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ("judge", "expect")
    }
    assert calls == {call.line for result in solved(stem).values() for call in result.calls}


# `check` and what the checkers share -------------------------------------------------------------


@pytest.fixture
def double(monkeypatch):
    """Let exercise "01-99" ask for a function that doubles a vector."""

    def exercise_99(answer):
        cases = [(np.array([1.0, 2.0]),), (np.arange(20.0),), (np.array([]),)]
        judge(answer, lambda x: 2 * x, cases, {"You add 2.": lambda x: x + 2})
        return "It matters."

    monkeypatch.setattr("exercises.linear_regression.exercise_99", exercise_99, raising=False)
    return exercise_99


def deep(x):
    return deep(x)


ANSWERS_OF_A_LEARNER = {
    "to replace": (..., "To do. Replace each `...`"),
    "None": (None, "To do. Replace each `...`"),
    "no return": (lambda x: None, "To do. Replace each `...` in"),
    "stub": (lambda x: 2 * ..., "To do. There is still a `...`"),
    "partly": (lambda x: np.array([1, ...]), "To do. Replace each `...` in"),
    "right": (lambda x: x + x, "Right. It matters."),
    "a list": (lambda x: list(2 * x), "Right. It matters."),
    "single precision": (lambda x: (2 * x).astype("float32"), "Right. It matters."),
    "mistake": (lambda x: x + 2, "Not yet. You add 2."),
    "factor": (lambda x: -0.5 * x, "Not yet. The result is always -0.25 times what it must be."),
    "other": (lambda x: x**2, "([1., 2.])`, the result must be [2., 4.], not [1., 4.]."),
    "elsewhere": (lambda x: 2 * x + (x == 7), "the result at [7] must be 14, not 15."),
    "column": (lambda x: 2 * x[:, None], "Right. It matters."),
    "shape": (lambda x: 2 * x[:, None] * [1, 1], "(2,), not an array of shape (2, 2)."),
    "text": (lambda x: "two", "must be 2 numbers, not 'two'."),
    "no function": (5, "Not yet. The answer must be a function, not 5."),
    "error": (lambda x: x[7], "raised IndexError: index 7 is out of bounds"),
    "arguments": (lambda: 1, "raised TypeError"),
    "exit": (lambda x: exit(), "raised SystemExit"),
    "endless": (deep, "raised RecursionError"),
    "complex": (lambda x: 2j * x, "Not yet. "),
}


@pytest.mark.parametrize(
    ("answer", "text"), ANSWERS_OF_A_LEARNER.values(), ids=ANSWERS_OF_A_LEARNER
)
def test_whatever_a_learner_answers_is_answered_in_one_paragraph(
    answer, text, double, capsys, recwarn
):
    check("01-99", answer)
    out = capsys.readouterr().out
    assert text in " ".join(out.split())
    assert "\n\n" not in out
    assert not recwarn


@pytest.mark.parametrize("name", ["01-1", "01-2", "01-3", "01-4", "01-5", "01-6"])
@pytest.mark.parametrize("answer", [0, "text", (), (1, 2, 3), {}, object(), int, len, np.ones(3)])
def test_an_absurd_answer_is_refused(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out.startswith(("Not yet. ", "To do. "))


@pytest.mark.parametrize(
    "wrap", [lambda f: f, functools.partial, lambda f: functools.wraps(f)(lambda x: f(x))]
)
@pytest.mark.parametrize(
    "line",
    ["return first.missing(x)", "return x @ np.ones(7)", "return missing", "return {}[first]"],
)
def test_an_error_is_found_in_the_line_of_the_learner(line, wrap, tmp_path, double, capsys):
    file = tmp_path / "cell.py"
    file.write_text(f"def f(x):\n    first = x[0]\n    {line}\n")
    names = {"np": np}
    exec(compile(file.read_text(), str(file), "exec"), names)
    check("01-99", wrap(names["f"]))
    assert f"in the line `{line}`" in " ".join(capsys.readouterr().out.split())


def test_arguments_of_the_checker_are_not_modified(double, capsys):
    def in_place(x):
        x *= 2
        return x

    check("01-99", in_place)
    assert capsys.readouterr().out == "Right. It matters.\n"


def test_the_answer_is_not_modified():
    answer = np.array([1.0, 2.0])
    numbers(answer, (2,))[:] = 0
    assert answer.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("answer", [2, 2.0, [2], np.array([2.0]), np.array([[2]])])
def test_an_array_of_one_element_is_a_single_number(answer):
    assert numbers(answer).shape == ()
    assert numbers(answer) == 2


def test_a_mean_is_missed_only_where_many_numbers_came():
    for answer, hint in (
        ([1, 2], r"not 2 numbers\. Is a mean or a sum missing\?$"),
        ([], r"not 0 numbers\.$"),
        ("two", r"not 'two'\.$"),
    ):
        with pytest.raises(NotYet, match=hint):
            numbers(answer)
    with pytest.raises(NotYet, match=r"must be 1 number, not 2 numbers\.$"):
        numbers([1, 2], (1,))


@pytest.mark.parametrize("answer", [..., 5, lambda x: x + 2])
def test_strict_raises(answer, double, monkeypatch):
    monkeypatch.setenv("DL101_STRICT", "1")
    check("01-99", lambda x: 2 * x)
    with pytest.raises(ExerciseError, match=r"^(To do|Not yet)\. "):
        check("01-99", answer)


@pytest.mark.parametrize("name", ["01-0", "01-", "99-1", "mse", "", 2, "01-x", "01 2"])
def test_a_name_that_does_not_exist_is_an_error_of_the_course(name):
    with pytest.raises(ValueError, match=re.escape(f"no exercise {name!r}")):
        check(name, ...)


def test_an_unknown_value_of_strict_is_an_error(double, monkeypatch):
    monkeypatch.setenv("DL101_STRICT", "yes")
    with pytest.raises(ValueError, match="DL101_STRICT must be 0 or 1, not 'yes'"):
        check("01-99", ...)


def test_checks_are_recorded(double, monkeypatch, tmp_path):
    file = tmp_path / "checks.jsonl"
    monkeypatch.setenv("DL101_CHECKS", str(file))
    for answer in (..., 5, lambda x: 2 * x):
        check("01-99", answer)
    states = [json.loads(line) for line in file.read_text().splitlines()]
    assert states == [{"exercise": "01-99", "state": s} for s in ("to do", "not yet", "right")]


def test_a_record_that_cannot_be_written_costs_the_record_only(
    double, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("DL101_CHECKS", str(tmp_path / "missing" / "checks.jsonl"))
    check("01-99", lambda x: 2 * x)
    out = capsys.readouterr().out
    assert "could not be recorded" in out
    assert "Right. It matters." in out


def test_results_may_be_several_values():
    def right(x):
        return x.sum(), 3 * x

    cases = [(np.ones(2),), (np.arange(3.0),)]
    judge(lambda x: [x.sum(), 3 * x], right, cases, {})
    for answer, hint in (
        (lambda x: x.sum(), "must be 2 values, not 2"),
        (lambda x: (x.sum(), x + 5), r"value 2 of the result must be \[3., 3.\], not \[6., 6.\]"),
        (lambda x: (x, 3 * x), "value 1 of the result must be a single number"),
        (lambda x: (-x.sum(), -3 * x), "The result is always -1 times"),
        (lambda x: (x.sum(), x), "Value 2 of the result is always 0.333333 times"),
    ):
        with pytest.raises(NotYet, match=hint):
            judge(answer, right, cases, {})


def test_a_mistake_must_explain_every_case():
    cases = [(1.0,), (2.0,)]
    with pytest.raises(NotYet, match=r"must be 2, not 1"):
        judge(lambda x: x**3, lambda x: 2 * x, cases, {"You square.": lambda x: x**2})


def test_a_mistake_may_be_in_one_value_or_in_what_is_true_of_a_result():
    mistakes = {
        "The first is squared.": lambda x: (x**2, None),
        "Both are negative.": When(lambda found, x: max(found) < 0 < x),
    }
    for answer, hint in (
        (lambda x: (x**2, 5), "The first is squared."),
        (lambda x: (-5, -6), "Both are negative."),
        (lambda x: (2 * x, 5), "Value 2 of the result is always 0.555556 times"),
        (lambda x: 5, "the result must be 2 values, not 5"),  # here `max` raises
    ):
        with pytest.raises(NotYet, match=hint):
            judge(answer, lambda x: (2 * x, 3 * x), [(3.0,)], mistakes)


@pytest.mark.parametrize(
    ("found", "right", "hint"),
    [
        (1, 2, "`n`: Half."),
        (6, 2, "`n`: Twice or thrice."),
        (-3, 2, "`n`: Negative."),
        (9, 2, "`n`: No."),
        ("two", 2, "`n` must be a single number, not 'two'."),
        ((2, 1), (2, 2), "`n`: Not the second."),
        ((1, 1), (2, 2), "`n`: Not the first."),
        ("Down", "up", "`n`: It rises."),
        ("left", "up", '`n` must be "down" or "up", not \'left\'.'),
        (1, "up", '`n` must be "down" or "up", not 1.'),
    ],
)
def test_expect_says_what_is_wrong(found, right, hint):
    likely = {"Half.": 1, "Twice or thrice.": {4, 6}, "Negative.": lambda n: np.all(n < 0)}
    if isinstance(right, str):
        likely = {"It rises.": "down"}
    otherwise = ("Not the first.", "Not the second.") if isinstance(right, tuple) else "No."
    expect("n", right, right, otherwise, likely)
    with pytest.raises(NotYet) as refused:
        expect("n", found, right, otherwise, likely)
    assert str(refused.value) == hint


def test_nan_is_never_right():
    with pytest.raises(NotYet, match="not nan"):
        judge(lambda x: np.nan, lambda x: x, [(1.0,)], {})


def test_call_hides_warnings_and_names_what_is_missing(recwarn):
    assert np.isinf(call(lambda x: np.ones(1) / x, np.zeros(1)))[0]
    assert not recwarn
    with pytest.raises(ToDo):
        call(lambda: (1, ...))


def test_an_error_of_keras_is_shown_without_its_colours_and_arguments():
    def answer(x):
        raise ValueError("It fails.\n\n\x1b[1mBad shape\x1b[0m\n\nArguments received by f():\n  x")

    with pytest.raises(NotYet, match=r"raised ValueError: It fails.\n\nBad shape in the"):
        call(answer, 1)


def test_modules_are_named_like_the_notebooks():
    assert {f"{key}_{name}" for key, name in MODULES.items()} == {
        path.stem for path in notebook_paths()
    }
    assert os.environ.get("DL101_CHECKS") is None
