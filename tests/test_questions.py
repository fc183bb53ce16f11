"""The questions that check understanding: their files, the cells that ask them, what is shown."""

import copy
import html
import json
import random
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from exercises import questions
from exercises.questions import formula_to_html, read_questions, text_to_html
from tools import execute
from tools.course import notebook_paths
from utils.data import COURSE_FOLDER

NOTEBOOKS = {path.stem: path for path in notebook_paths()}
NAMES = list(NOTEBOOKS)
KEYS = {
    "multiple_choice": {"type", "question", "code", "answers"},
    "many_choice": {"type", "question", "code", "answers"},
    "numeric": {"type", "question", "code", "answers", "expression"},
}


def length(text):
    """How long a text looks."""
    return len(html.unescape(re.sub(r"<.*?>", "", text_to_html(text))))


def given_away(question):
    """Whether the right answers of a question could be told by their length alone."""
    sizes = {True: [], False: []}
    for answer in question["answers"]:
        sizes[answer["correct"]].append(length(answer["answer"]))
    return min(sizes[True]) > max(sizes[False])


def text_problems(text, least):
    if not isinstance(text, str) or len(text.strip()) < least:
        return [f"too short a text: {text!r}"]
    if "](" in text or "<http" in text:
        return [f"jupyterquiz would make a link of: {text}"]
    try:
        text_to_html(text)
    except ValueError as error:
        return [str(error)]
    return []


def choice_problems(question):
    answers, found = question["answers"], []
    for answer in answers:
        if set(answer) != {"answer", "correct", "feedback"} or type(answer["correct"]) is not bool:
            return [f"an option needs answer, correct (true or false) and feedback: {answer}"]
        found += text_problems(answer["answer"], 1) + text_problems(answer["feedback"], 20)
    if found:
        return found
    right = sum(answer["correct"] for answer in answers)
    if not 3 <= len(answers) <= 5:
        found.append("there must be 3 to 5 options")
    if question["type"] == "multiple_choice" and right != 1:
        found.append(f"a multiple_choice has one right option, not {right}")
    if question["type"] == "many_choice" and not 2 <= right < len(answers):
        found.append(f"a many_choice has two or more right options and a wrong one, not {right}")
    for key in ("answer", "feedback"):
        if len({answer[key] for answer in answers}) < len(answers):
            found.append(f"two options have the same {key}")
    sizes = sorted(length(answer["answer"]) for answer in answers)
    if sizes[-1] > max(1.4 * sizes[0], sizes[0] + 12):
        found.append(f"options of unlike length: {sizes}")
    return found


def numeric_problems(question):
    *answers, default = question["answers"]
    if set(default) != {"type", "feedback"} or default["type"] != "default":
        return ["the last answer of a numeric question is the default, with feedback"]
    found = text_problems(default["feedback"], 20)
    limits = []
    for answer in answers:
        kind = answer.get("type")
        if kind not in ("value", "range") or set(answer) != {"type", kind, "correct", "feedback"}:
            return [f"an answer needs type, value or range, correct and feedback: {answer}"]
        found += text_problems(answer["feedback"], 20)
        number = answer[kind]
        limits.append((number, number) if kind == "value" else tuple(number))
    right = [pair for pair, answer in zip(limits, answers) if answer["correct"] is True]
    if len(right) != 1 or not answers[0]["correct"]:
        return [*found, "the first answer is the right one, and the only one"]
    if len(answers) < 3:
        found.append("likely slips need feedback of their own: two at least")
    for i, (low, high) in enumerate(limits):
        if any(a <= high and low <= b for a, b in limits[:i]):
            found.append(f"{low} to {high} overlaps an answer before it")
    (low, high) = right[0]
    if low <= 0 <= high:
        found.append("an empty field counts as 0, so 0 cannot be the right answer")
    try:
        computed = float(eval(question.get("expression", ""), {"np": np}))
    except Exception as error:
        return [*found, f"the expression that computes the answer fails: {error}"]
    if not (low - 1e-9 <= computed <= high + 1e-9):
        found.append(f"the expression gives {computed}, not {right[0]}")
    return found


def problems(quizzes):
    """All that is wrong with the questions of a notebook."""
    found, choices = [], []
    if not 2 <= len(quizzes) <= 4 or not 6 <= sum(map(len, quizzes.values())) <= 15:
        found.append("a notebook has two to four quizzes and 6 to 15 questions")
    for name, quiz in quizzes.items():
        if not re.fullmatch(r"quiz-[a-z0-9]+(-[a-z0-9]+)*", name):
            found.append(f"{name!r} is not like quiz-gradient")
        if not 3 <= len(quiz) <= 5:
            found.append(f"{name} has {len(quiz)} questions, not 3 to 5")
        for i, question in enumerate(quiz, start=1):
            kind = question.get("type")
            if kind not in KEYS or not {"question", "answers"} <= set(question) <= KEYS[kind]:
                here = [f"unknown type or keys: {kind}, {sorted(question)}"]
            else:
                here = text_problems(question["question"], 20)
                here += (
                    numeric_problems(question) if kind == "numeric" else choice_problems(question)
                )
                if not here and kind != "numeric":
                    choices.append(question)
            found += [f"{name}, question {i}: {problem}" for problem in here]
    by_length = [question["question"] for question in choices if given_away(question)]
    if len(by_length) > len(choices) / 3:
        found.append(f"in more than a third, the right option is the longest: {by_length}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_questions_are_sound(name):
    assert problems(read_questions(name)) == []


def test_the_order_of_right_options_says_nothing():
    """Where no browser runs them, options stand in the order of the file."""
    firsts = [
        [answer["correct"] for answer in question["answers"]].index(True)
        for name in NAMES
        for quiz in read_questions(name).values()
        for question in quiz
        if question["type"] == "multiple_choice"
    ]
    counts = np.bincount(firsts, minlength=4)
    assert counts.max() <= len(firsts) / 2, counts


@pytest.mark.parametrize("name", NAMES)
def test_each_quiz_is_asked_in_its_order_by_the_cell_of_its_name(name):
    cells = nbformat.read(NOTEBOOKS[name], as_version=4).cells
    sources = {cell.id: cell.source for cell in cells}
    quizzes = list(read_questions(name))
    assert [cell.id for cell in cells if cell.id.startswith("quiz-")] == quizzes
    for quiz in quizzes:
        assert sources[quiz] == f'ask("{name}", "{quiz}")'


def test_each_notebook_has_questions():
    files = Path(questions.__file__).parent.glob("*.json")
    assert {file.stem for file in files} == {name[3:] for name in NAMES}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_notebook_asks_what_is_not_there(name):
    cells = nbformat.read(NOTEBOOKS[name], as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    asked = re.findall(r'(?m)^ask\("(.+?)", "(.+?)"\)', code)
    assert asked == [(name, quiz) for quiz in read_questions(name)]


SOUND = {
    "type": "multiple_choice",
    "question": "What does the cost do when all errors double?",
    "answers": [
        {"answer": "it doubles", "correct": False, "feedback": "The errors are squared first."},
        {"answer": "it quadruples", "correct": True, "feedback": "Twice as large, squared: 4."},
        {"answer": "it halves", "correct": False, "feedback": "More error cannot cost less."},
    ],
}
NUMBER = {
    "type": "numeric",
    "question": "What is the mean of the two numbers 2 and 6?",
    "expression": "(2 + 6) / 2",
    "answers": [
        {"type": "value", "value": 4, "correct": True, "feedback": "The sum 8, divided by 2."},
        {"type": "value", "value": 8, "correct": False, "feedback": "That is the sum of the two."},
        {
            "type": "range",
            "range": [2.5, 3.5],
            "correct": False,
            "feedback": "The mean of 0 and 6, or so.",
        },
        {"type": "default", "feedback": "Add the two and divide by 2."},
    ],
}


def sound():
    """Questions of a made-up notebook, without a fault."""
    quiz = [copy.deepcopy(question) for question in (SOUND, NUMBER, SOUND)]
    # In one of three, the right option may be the longest.
    quizzes = {"quiz-first": quiz, "quiz-second": copy.deepcopy(quiz)}
    for question in (quiz[0], quiz[2], quizzes["quiz-second"][0]):
        question["answers"][0]["answer"] = "it doubles, too"
    return quizzes


def test_the_made_up_questions_are_sound():
    assert problems(sound()) == []


def both_right(quizzes):
    quizzes["quiz-first"][0]["answers"][0]["correct"] = True


def none_right(quizzes):
    quizzes["quiz-first"][0]["answers"][1]["correct"] = False


def many_with_one_right(quizzes):
    quizzes["quiz-first"][0]["type"] = "many_choice"


def many_with_all_right(quizzes):
    quizzes["quiz-first"][0]["type"] = "many_choice"
    for answer in quizzes["quiz-first"][0]["answers"]:
        answer["correct"] = True


def not_a_boolean(quizzes):
    quizzes["quiz-first"][0]["answers"][1]["correct"] = "true"


def unexplained(quizzes):
    del quizzes["quiz-first"][0]["answers"][2]["feedback"]


def hardly_explained(quizzes):
    quizzes["quiz-first"][0]["answers"][2]["feedback"] = "Wrong."


def explained_alike(quizzes):
    for answer in quizzes["quiz-first"][0]["answers"]:
        answer["feedback"] = "Think about the squares again."


def two_alike(quizzes):
    quizzes["quiz-first"][0]["answers"][2]["answer"] = "it quadruples"


def two_options(quizzes):
    del quizzes["quiz-first"][0]["answers"][2]


def one_much_longer(quizzes):
    quizzes["quiz-first"][0]["answers"][1]["answer"] = "it quadruples, as errors are squared in it"


def right_by_length(quizzes):
    for quiz in quizzes.values():
        quiz[0]["answers"][0]["answer"] = "it doubles"


def unknown_type(quizzes):
    quizzes["quiz-first"][0]["type"] = "multiple-choice"


def unknown_key(quizzes):
    quizzes["quiz-first"][0]["hint"] = "Think of the squares."


def unknown_command(quizzes):
    quizzes["quiz-first"][0]["question"] += r" $\binom{4}{2}$"


def open_brace(quizzes):
    quizzes["quiz-first"][0]["answers"][0]["feedback"] += " $x_{1$"


def single_dollar(quizzes):
    quizzes["quiz-first"][0]["answers"][0]["answer"] = "it costs $4"


def accidental_link(quizzes):
    quizzes["quiz-first"][0]["answers"][0]["feedback"] += " See `f[0](x)`."


def too_few_questions(quizzes):
    del quizzes["quiz-second"][2]


def one_quiz(quizzes):
    del quizzes["quiz-second"]


def strange_name(quizzes):
    quizzes["Quiz 3"] = quizzes.pop("quiz-second")


def wrong_number(quizzes):
    quizzes["quiz-first"][1]["expression"] = "(2 + 8) / 2"


def no_computation(quizzes):
    del quizzes["quiz-first"][1]["expression"]


def number_is_zero(quizzes):
    quizzes["quiz-first"][1]["expression"] = "2 - 2"
    quizzes["quiz-first"][1]["answers"][0]["value"] = 0


def slip_is_right(quizzes):
    quizzes["quiz-first"][1]["answers"][2]["range"] = [3.5, 4.5]


def no_slips(quizzes):
    del quizzes["quiz-first"][1]["answers"][1:3]


def no_default(quizzes):
    del quizzes["quiz-first"][1]["answers"][3]


def two_right_numbers(quizzes):
    quizzes["quiz-first"][1]["answers"][1]["correct"] = True


BROKEN = {
    both_right: "one right option, not 2",
    none_right: "one right option, not 0",
    many_with_one_right: "two or more right options",
    many_with_all_right: "and a wrong one, not 3",
    not_a_boolean: "correct (true or false)",
    unexplained: "and feedback",
    hardly_explained: "too short a text: 'Wrong.'",
    explained_alike: "the same feedback",
    two_alike: "the same answer",
    two_options: "3 to 5 options",
    one_much_longer: "options of unlike length",
    right_by_length: "more than a third",
    unknown_type: "unknown type",
    unknown_key: "unknown type or keys",
    unknown_command: r"\binom cannot be shown",
    open_brace: "a brace is not closed",
    single_dollar: "has no partner",
    accidental_link: "would make a link",
    too_few_questions: "2 questions, not 3 to 5",
    one_quiz: "two to four quizzes",
    strange_name: "is not like quiz-gradient",
    wrong_number: "gives 5.0, not (4, 4)",
    no_computation: "the expression that computes the answer fails",
    number_is_zero: "an empty field counts as 0",
    slip_is_right: "overlaps an answer before it",
    no_slips: "two at least",
    no_default: "the last answer of a numeric question is the default",
    two_right_numbers: "the only one",
}


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
def test_broken_questions_are_refused(fault):
    quizzes = sound()
    fault(quizzes)
    assert BROKEN[fault] in "; ".join(problems(quizzes))


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        ("y = Wx + b", "<i>y</i> = <i>W</i><i>x</i> + <i>b</i>"),
        (r"\hat y - y", "<i>ŷ</i> &minus; <i>y</i>"),
        (r"\hat{y}_i", "<i>ŷ</i><sub><i>i</i></sub>"),
        (r"w_{12}^2", "<i>w</i><sub>12</sub><sup>2</sup>"),
        (r"-\log 0.5 = \log 2", "&minus;log 0.5 = log 2"),
        (r"\lambda_\text{max}", "&lambda;<sub>max</sub>"),
        (r"\partial L/\partial W", "&part;<i>L</i>/&part;<i>W</i>"),
        (r"a\le b", "<i>a</i> &le; <i>b</i>"),
        ("a < b", "<i>a</i> &lt; <i>b</i>"),
    ],
)
def test_formulas_in_html(tex, shown):
    assert formula_to_html(tex) == f'<span style="white-space: nowrap">{shown}</span>'


@pytest.mark.parametrize("tex", [r"\frac{1}{2}", "x_", "x_{1", "1}", r"\hat"])
def test_formulas_that_cannot_be_shown(tex):
    with pytest.raises(ValueError, match=r"\$"):
        formula_to_html(tex)


def test_texts_in_html():
    assert text_to_html("if a < b & `a[0] < 1`") == "if a &lt; b &amp; <code>a[0] &lt; 1</code>"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What a kernel answers to `ask`: twice, then without jupyterquiz."""
    folder = tmp_path_factory.mktemp("ask")
    course = f"import random, sys\nsys.path.insert(0, {str(COURSE_FOLDER)!r})\nrandom.seed(1)\n"
    ask = f"ask({NAMES[0]!r}, {next(iter(read_questions(NAMES[0])))!r})"
    sources = [
        f"{course}from exercises.questions import ask",
        ask,
        ask,
        "print(random.random())",
        "from exercises import questions\n"
        "sys.modules['jupyterquiz'] = None\n"
        f"questions._display_quiz.cache_clear()\n{ask}",
    ]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def test_ask_shows_text_and_script_and_always_the_same(outputs):
    text, script = outputs[1]
    assert "<details>" in text.data["text/html"]
    assert "show_questions(" in script.data["application/javascript"]
    assert "function (MathJax)" in script.data["application/javascript"]
    assert [output.data for output in outputs[2]] == [text.data, script.data]


def test_ask_leaves_random_numbers_alone(outputs):
    assert float(outputs[3][0].text) == random.Random(1).random()


def test_without_jupyterquiz_the_text_remains(outputs):
    assert [output.data for output in outputs[4]] == [outputs[1][0].data]


def test_what_is_stored_is_small_and_needs_no_script(outputs):
    stored = [execute.to_store(copy.deepcopy(output)) for output in outputs[1]]
    assert stored == [outputs[1][0], None]
    assert len(json.dumps(stored)) < 10_000
    assert "<script" not in json.dumps(stored)


def test_the_folded_text_says_all(outputs):
    shown = outputs[1][0].data["text/html"]
    quiz = next(iter(read_questions(NAMES[0]).values()))
    for question in quiz:
        assert text_to_html(question["question"]) in shown
        for answer in question["answers"]:
            if answer.get("type") != "default":
                assert text_to_html(answer["feedback"]) in shown


def test_ask_names_the_quizzes_there_are():
    with pytest.raises(ValueError, match=next(iter(read_questions(NAMES[0])))):
        questions.ask(NAMES[0], "quiz-none")


def test_on_colab_jupyterquiz_comes_from_a_folder_of_its_own(monkeypatch, tmp_path):
    def install(command, **options):
        target = next(word for word in command if word.startswith("--target="))
        folder = tmp_path / target.removeprefix("--target=")
        (folder / "jupyterquiz.py").write_text("def display_quiz(): pass", encoding="utf-8")

    saved = sys.modules.pop("jupyterquiz", None)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(questions.subprocess, "run", install)
    monkeypatch.setattr(questions.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    questions._display_quiz.cache_clear()
    try:
        assert questions._display_quiz().__module__ == "jupyterquiz"
        assert sys.path == [str(tmp_path), str(tmp_path / "new")]
    finally:
        questions._display_quiz.cache_clear()
        sys.modules.pop("jupyterquiz", None)
        if saved is not None:
            sys.modules["jupyterquiz"] = saved


def test_one_requirement():
    lines = (COURSE_FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert questions.REQUIREMENT in lines


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize(
    "colour", [questions.BLUE, questions.INK, questions.RIGHT, questions.WRONG]
)
def test_texts_are_legible(colour):
    """The contrast that WCAG asks of text, 4.5 to 1, with the white of texts and their ground."""
    assert (luminance(questions.PAPER) + 0.05) / (luminance(colour) + 0.05) >= 4.5
