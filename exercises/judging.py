"""What the checks of the exercises share: judging functions and numbers, and hints.

A check returns one sentence on why the right answer matters, or it raises `NotYet` with a hint.
"""

from __future__ import annotations

import copy
import inspect
import re
import reprlib
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PARTS_DIFFER = " Its parts have different shapes: is a mean missing, or an index such as `[0]`?"
SHAPES_DIFFER = (
    " Two arrays do not fit: print their shapes. Does one need `[:, None]`, which makes it a "
    "column, or `.T`, which exchanges rows and columns? Or take one row or column after the other."
)


class ToDo(Exception):
    """The learner has not answered yet. The message says what is missing."""


class NotYet(Exception):
    """The answer is not right yet. The message is a hint, in whole sentences."""


@dataclass(frozen=True)
class When:
    """A mistake that shows in what is true of a result, where no formula gives the result.

    ``holds`` takes a result of the learner's function and then the arguments; it may raise.
    """

    holds: Callable[..., object]


def judge(
    answer: object,
    right: Callable[..., object],
    cases: Iterable[tuple],
    mistakes: Mapping[str, Callable[..., object] | When],
    rtol: float = 1e-6,
) -> None:
    """Compare the learner's function with the right one on every case.

    Args:
        answer: the learner's function.
        right: takes the same arguments and returns a number, an array, or a tuple of these.
        cases: tuples of arguments. The first one that fails is shown to the learner, so begin
            with a small one.
        mistakes: for each hint a function that makes the mistake which the hint is about, or
            `When`. A mistake is recognised if it explains the answer on *every* case, the first one
            before the next. Of several values that it returns, None explains any value.
        rtol: tolerance, relative to the largest number of each result.

    Raises:
        ToDo: the function still returns ``...`` or None.
        NotYet: it is not right. The hint is that of the mistake that was recognised; else the
            constant factor by which its results differ from the right ones; else a case that fails.
    """
    cases = list(cases)
    found = [call(answer, *case) for case in cases]
    expected = [right(*case) for case in cases]
    differences = [difference(f, e, rtol) for f, e in zip(found, expected)]
    if not any(differences):
        return
    for hint, mistake in mistakes.items():
        if all(_explains(mistake, f, case, rtol) for f, case in zip(found, cases)):
            raise NotYet(hint)
    hint = _constant_factor(found, expected, rtol)
    if hint:
        raise NotYet(hint)
    first = next(k for k, text in enumerate(differences) if text)
    raise NotYet(f"For {_called(answer, cases[first])}, {differences[first]}")


def _explains(mistake: Callable | When, found: object, case: tuple, rtol: float) -> bool:
    if not isinstance(mistake, When):
        return difference(found, mistake(*case), rtol) is None
    try:
        return bool(mistake.holds(found, *case))
    except Exception:  # for instance a result of another shape
        return False


def expect(
    name: str,
    found: object,
    right: object,
    otherwise: str | Sequence[str] = "",
    likely: Mapping[str, object] | None = None,
    *,
    rtol: float = 0.0,
    atol: float = 1e-9,
) -> None:
    """Compare a number, an array of numbers or a word that the learner gives with the right one.

    Args:
        name: what the exercise calls it; every hint begins with it.
        found: what the learner gives.
        right: the right number, array or word; an array's shape is the one that is asked for.
        otherwise: the hint where no likely mistake explains what was given; for an array of one
            axis, a hint for each place: that of the first wrong one is shown.
        likely: for each hint what it is about: a wrong number or array, a set of wrong numbers, a
            function that tells of a number or an array whether the hint is about it. The first
            one that fits is shown. With a word, all other words among which there is a choice.
        rtol, atol: the difference that does not matter, from a right or a wrong number, as in
            ``np.allclose``.

    Raises:
        NotYet: it is not right, or it is no number, or no word to choose.
    """
    likely = likely or {}
    if isinstance(right, str):
        given = _word(found, sorted({right, *likely.values()}), f"`{name}`")
    else:
        given = numbers(found, np.shape(right), f"`{name}`")

    def fits(value: object) -> bool:
        if isinstance(value, set):
            return any(map(fits, value))
        if callable(value):
            return bool(value(given))
        if isinstance(value, str):
            return given == value
        return np.shape(value) == given.shape and np.allclose(given, value, rtol, atol)

    if fits(right):
        return
    hint = next((hint for hint, wrong in likely.items() if fits(wrong)), None)
    if hint is None:
        whole = isinstance(otherwise, str)
        hint = otherwise if whole else otherwise[np.argmin(np.isclose(given, right, rtol, atol))]
    raise NotYet(f"`{name}`: {hint}")


def _word(value: object, words: list[str], what: str) -> str:
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in words:
        choice = ", ".join(f'"{word}"' for word in words[:-1]) + f' or "{words[-1]}"'
        raise NotYet(f"{what} must be {choice}, not {describe(value)}.")
    return word


def call(function: object, *arguments: object) -> object:
    """Return what the learner's function returns for copies of ``arguments``.

    Raises:
        ToDo: it still returns ``...`` or None.
        NotYet: it is no function, or it raised an exception.
    """
    if not callable(function):
        raise NotYet(f"The answer must be a function, not {describe(function)}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a wrong result is explained by the hint
            result = function(*copy.deepcopy(arguments))
    except (Exception, SystemExit) as error:
        if "ellipsis" in str(error):
            raise ToDo("There is still a `...` to replace in your function.") from error
        raise NotYet(f"{_called(function, arguments)} {_what_happened(function, error)}") from error
    if unfinished(result):
        name = getattr(function, "__name__", "your function")
        raise ToDo(
            f"Replace each `...` in `{name}`. If you have done so: it returns None or `...`; "
            "does it end with `return`?"
        )
    return result


def changed(answer: Callable[..., object], **arguments: object) -> str | None:
    """Return the name of an array that the answer, which is right else, modifies in place."""
    given = copy.deepcopy(arguments)
    call(lambda: answer(*given.values()))
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and not np.array_equal(given[name], value):
            return name
    return None


def numbers(value: object, shape: tuple[int, ...] = (), what: str = "The answer") -> np.ndarray:
    """Return a learner's number or numbers as a new float64 array of the given shape.

    Axes of length 1 do not count: a column of n numbers is n numbers, an array of one is a number.

    Raises:
        NotYet: they are no numbers, or their shape is another one. ``what`` begins the hint.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            # Since NumPy 2.5, eigenvalues are complex even where all are real.
            array = np.array(np.real_if_close(value), dtype=float)
            if np.asarray(value).dtype.kind in "SU":  # "160" is a text
                raise ValueError("a text")
    except Exception as error:
        text = f"{what} must be {_form(shape, words=len(shape) < 2)}, not {describe(value)}."
        if "inhomogeneous" in str(error):
            text += PARTS_DIFFER
        raise NotYet(text) from error
    if array.squeeze().shape == tuple(length for length in shape if length != 1):
        array = array.reshape(shape)
    if array.shape != shape:
        hint = " Is a mean or a sum missing?" if shape == () and array.size > 1 else ""
        words = max(len(shape), array.ndim) < 2
        wanted, given = _form(shape, words), _form(array.shape, words)
        raise NotYet(f"{what} must be {wanted}, not {given}.{hint}")
    return array


def difference(found: object, right: object, rtol: float = 1e-6) -> str | None:
    """Say in a sentence how ``found`` differs from ``right``, or return None if it does not.

    ``right`` is a number, an array, or a tuple of these; in a tuple, None is equal to anything. The
    shape counts, the type does not.
    """
    try:
        pairs = _pairs(found, right)
    except NotYet as hint:
        return str(hint)
    for what, f, r in pairs:
        # A mistake may lead to NaN: then NaN is what it is recognised by.
        atol = rtol * np.max(np.abs(r), initial=0.0, where=np.isfinite(r))
        wrong = ~np.isclose(f, r, rtol=0, atol=atol, equal_nan=True)
        if wrong.any():
            if r.size > 6:  # too long for a hint: show the first place that is wrong
                k = np.unravel_index(np.argmax(wrong), r.shape)
                what, f, r = f"{what} at [{', '.join(map(str, k))}]", f[k], r[k]
            return f"{what} must be {describe(r)}, not {describe(f)}."
    return None


def _pairs(found: object, right: object, what: str = "the result") -> list[tuple]:
    """Return (name, found, right) for each array that was returned, of equal shapes.

    Raises:
        NotYet: the number of arrays or a shape differs.
    """
    if not isinstance(right, tuple):
        right = np.asarray(np.real_if_close(right), dtype=float)
        return [(what, numbers(found, right.shape, what), right)]
    if not isinstance(found, tuple | list) or len(found) != len(right):
        raise NotYet(f"{what} must be {len(right)} values, not {describe(found)}.")
    places = enumerate(zip(found, right), start=1)
    return [_pairs(*pair, f"value {k} of {what}")[0] for k, pair in places if pair[1] is not None]


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis, exact for logits of any size, shape as ``z``."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def predictions(network: Callable, images: np.ndarray) -> np.ndarray:
    """Return what a Keras model gives for ``images``; its `predict` would be compiled first."""
    import keras

    batches = np.split(images, range(500, len(images), 500))
    outputs = [keras.ops.convert_to_numpy(network(batch, training=False)) for batch in batches]
    return np.concatenate(outputs)


def unfinished(value: object) -> bool:
    """Tell whether ``value`` still is, or holds, ``...`` or None."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = list(value.flat) if value.dtype == object else []
    if isinstance(value, tuple | list):
        return any(map(unfinished, value))
    return value is None or value is Ellipsis


def describe(value: object) -> str:
    """Return a value as short text on one line, a large array by its shape."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return _form(value.shape)
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return f"{float(value):.6g}"
    if isinstance(value, np.ndarray):
        text = np.array2string(value, separator=", ", precision=4)
        return " ".join(text.split())
    if isinstance(value, np.random.Generator):
        return "rng"
    if callable(value):
        return f"the function `{getattr(value, '__name__', type(value).__name__)}`"
    return " ".join(reprlib.repr(value).split())


def _form(shape: tuple[int, ...], words: bool = False) -> str:
    if not shape:
        return "a single number"
    if words:
        return f"{shape[0]} number{'s' * (shape[0] != 1)}"
    return f"an array of shape {shape}"


def _constant_factor(found: list, expected: list, rtol: float) -> str | None:
    """Say by which number the results are always multiplied, if there is one.

    Of several values returned, each may have a factor of its own.
    """
    values = {}
    try:
        for f, e in zip(found, expected):
            for what, *pair in _pairs(f, e):
                values.setdefault(what, []).append(pair)
    except NotYet:
        return None
    factors = {}
    for what, pairs in values.items():
        f, r = (np.concatenate([part.ravel() for part in side]) for side in zip(*pairs))
        factor = float(f @ r / (r @ r)) if r.any() else np.nan
        if np.isfinite(factor) and not any(difference(f, factor * r, rtol) for f, r in pairs):
            factors[what] = round(factor, 6)
    if len(factors) == len(values) and len(set(factors.values())) == 1:
        factors = {"the result": next(iter(factors.values()))}
    for what, factor in factors.items():
        if factor not in (0, 1):
            return f"{what[0].upper()}{what[1:]} is always {factor:g} times what it must be."
    return None


def _called(function: object, arguments: tuple) -> str:
    name = getattr(function, "__name__", "your function")
    return f"`{name}({', '.join(map(describe, arguments))})`"


def _what_happened(function: object, error: BaseException) -> str:
    """Name the exception and the line of the learner's code that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is not None:
        file = code.co_filename
    else:  # an object that can be called, such as a partial: `call` is the first frame
        file = frames[1].filename if len(frames) > 1 else None
    lines = [frame.line for frame in frames if frame.filename == file and frame.line]
    where = f" in the line `{lines[-1]}`" if lines else ""
    # Keras adds colours, and a list of arguments that would be longer than the hint.
    what = re.sub(r"\x1b\[[\d;]*m", "", str(error)).split("Arguments received by")[0].strip()
    text = f"raised {type(error).__name__}: {what}{where}."
    if "inhomogeneous" in str(error) or "array element with a sequence" in str(error):
        text += PARTS_DIFFER
    elif re.search("broadcast|mismatch|ncompatible|must match|same number of dim", str(error)):
        text += SHAPES_DIFFER
    elif isinstance(error, KeyError):
        text += " The dictionary has no such key; `get(key, default)` gives a value to begin with."
    return text
