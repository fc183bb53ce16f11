"""The checkers of notebook 03, artificial neural networks."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from exercises.judging import (
    PARTS_DIFFER,
    NotYet,
    call,
    changed,
    describe,
    difference,
    expect,
    judge,
    numbers,
    softmax,
)

_CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
_XOR = np.array([0, 1, 1, 0])


def _step(z: np.ndarray) -> np.ndarray:
    return (z > 0).astype(int)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(z / 2)) / 2


# Networks whose weights are written by hand -------------------------------------------------------


def exercise_1(answer: object) -> str:
    """Answers of the XOR network after one number of it was changed, for three changes."""
    h2_bias, h1_bias, h1_weight = answer
    weights, biases = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-0.5, -1.5])
    turned = np.array([[-1.0, 1.0], [1.0, 1.0]])
    changes = (
        ("h2_bias", h2_bias, weights, np.array([-0.5, -2.5]), 2),
        ("h1_bias", h1_bias, weights, np.array([0.5, -1.5]), 1),
        ("h1_weight", h1_weight, turned, biases, 1),
    )
    kept = [  # what the last network answers where an earlier change is kept
        _step(_step(_CORNERS @ turned + b1) @ [1, -1] - 0.5) for b1 in ([0.5, -1.5], [0.5, -2.5])
    ]
    for name, given, W1, b1, unit in changes:
        h = _step(_CORNERS @ W1 + b1)
        right = _step(h @ [1, -1] - 0.5)
        likely = {
            "each answer is 0 or 1; a step function gives nothing else.": (
                lambda given: not np.isin(given, (0, 1)).all()
            ),
            "this is what the network answers *without* the change. Work out "
            f"h{unit} at the four points again, with the changed number.": _XOR,
        }
        for k, values in enumerate(h.T, start=1):
            if (values != right).any():
                hint = f"this is h{k}. The output unit is still to come: step(h1 - h2 - 1/2)."
                likely[hint] = values
        if name == "h1_weight":
            likely[
                "an earlier change is still in this network. Begin with the original one each time."
            ] = functools.partial(_is_any_of, kept)
        hints = [
            f"not right at ({x1}, {x2}). Write down h1 and h2 there, with the changed number, and "
            "only then step(h1 - h2 - 1/2)."
            for x1, x2 in _CORNERS
        ]
        expect(name, given, right, hints, likely)
    return (
        "Each hidden unit asks one question and the output unit combines the answers, so the same "
        'nine numbers can say "exactly one", "at least one", "not both", or "the second only".'
    )


def _is_any_of(values: list, given: np.ndarray) -> bool:
    return any(np.array_equal(given, value) for value in values)


def _network(answer: object, num_inputs: int, num_units: int | None = None) -> tuple:
    """Read the weights of a network with one hidden layer and one output.

    Returns:
        W1 (num_inputs, units), b1 (units,), W2 (units,) and b2, a number.

    Raises:
        NotYet: these are not four arrays of such shapes.
    """
    if not isinstance(answer, tuple | list) or len(answer) != 4:
        raise NotYet(f"Four arrays are needed, W1, b1, W2 and b2, not {describe(answer)}.")
    W1, b1, W2, b2 = answer
    units = np.size(b1) if num_units is None else num_units
    shape = np.shape(W1)
    if len(shape) == 2 and shape != (num_inputs, units):
        hint = " Yours is the other way round: `.T`." if shape == (units, num_inputs) else ""
        raise NotYet(
            "`W1` has one row for each input and one column for each hidden unit, and `b1` has one "
            f"number for each hidden unit. With {num_inputs} input{'s' * (num_inputs > 1)}, the "
            f"shapes {shape} of `W1` and {np.shape(b1)} of `b1` do not fit.{hint}"
        )
    W1 = numbers(W1, (num_inputs, units), "`W1`")
    b1 = numbers(b1, (units,), "`b1`")
    # Whether one output is a column or a number in each row is no matter of understanding.
    W2 = numbers(W2, (units,) if np.ndim(W2) == 1 else (units, 1), "`W2`")
    if np.size(b2) != 1:
        raise NotYet(f"`b2` is one number, since there is one output, not {describe(b2)}.")
    b2 = numbers(b2, np.shape(b2), "`b2`")
    return W1, b1, W2.reshape(units), float(b2.reshape(()))


def exercise_3(answer: object) -> str:
    """Weights of two ReLU units and an identity output that give XOR exactly."""
    W1, b1, W2, b2 = _network(answer, 2, 2)

    def relu(z):
        return np.maximum(z, 0)

    def output(W1, sigma):
        return sigma(_CORNERS @ W1 + b1) @ W2 + b2

    z = _CORNERS @ W1 + b1
    largest = max(1.0, np.max(relu(z) @ np.abs(W2)) + abs(b2))  # of what is added up
    tolerance = min(1e-6 * largest, 1e-4)  # 1/3 in single precision is right

    def is_xor(values):
        return np.allclose(values, _XOR, rtol=0, atol=tolerance)

    found = output(W1, relu)
    if is_xor(found):
        return (
            "A ReLU unit can count beyond a threshold, so two of them make a ramp up and a ramp "
            "down. Every network of ReLUs is made of such straight pieces."
        )
    if is_xor(output(W1.T, relu)):
        raise NotYet(
            "With `W1.T` this is right: a row for each input, a column for each hidden unit."
        )
    if np.all((z >= 0).all(axis=0) | (z <= 0).all(axis=0)):
        raise NotYet(
            "Each of your hidden units has all four points on one side of its bend, so here the "
            "network is a linear function, and no line answers XOR. Between which points "
            "must one of them bend?"
        )
    hidden = relu(z)
    if is_xor(found - b2):
        raise NotYet("Only `b2` is wrong: every output is off by the same number.")
    if found[1:3].min() > max(found[0], found[3]):
        raise NotYet(
            f"Nearly: the outputs {describe(found)} are higher where XOR is 1. They must be "
            "exactly 0, 1, 1, 0: adjust `W2` and `b2`."
        )
    if is_xor(output(W1, _step)) or np.array_equal(_step(output(W1, _step)), _XOR):
        raise NotYet(
            "With step functions this is right. But ReLU does not stop at 1: which values do your "
            "hidden units have at (1, 1)?"
        )
    k = np.argmax(~np.isclose(found, _XOR, rtol=0, atol=tolerance))
    raise NotYet(
        f"At ({_CORNERS[k][0]}, {_CORNERS[k][1]}) the hidden values are {describe(hidden[k])} and "
        f"the output is {found[k]:g}; it must be {_XOR[k]}."
    )


def exercise_4(answer: object) -> str:
    """Weights of a network of step functions that answers a given table of zeros and ones."""
    rng = np.random.default_rng(4)
    cases = [(np.array([[0], [1]]), np.array([1, 0])), (_CORNERS, _XOR)]
    cases += [(_CORNERS, np.full(4, value)) for value in (1, 0)]
    for n in (3, 4, 6):
        X = rng.permutation(2**n)[:, None] // 2 ** np.arange(n) % 2
        cases.append((X, rng.integers(2, size=len(X))))
    for X, y in cases:
        try:
            W1, b1, W2, b2 = _network(call(answer, X, y), X.shape[1])
        except NotYet as hint:
            if y.any():
                raise
            raise NotYet(f"A table without any 1 is a table, too. {hint}") from None
        z = X @ W1 + b1
        h = _step(z)
        found = _step(h @ W2 + b2)
        if np.array_equal(found, y):
            continue
        k = int(np.argmax(found != y))
        table = f"the table {describe(y)}" if len(y) <= 6 else f"a table of {len(y)} rows"
        where = f"For {table}, the network answers {found[k]}, not {y[k]}, to {describe(X[k])}."
        if not y.any():
            where += " A table without any 1 is a table, too."
        if W1.shape == W1.T.shape and np.array_equal(_step(_step(X @ W1.T + b1) @ W2 + b2), y):
            where += " Each *column* of `W1` belongs to a hidden unit: a `.T` is missing."
        elif W1.size and (W1 >= 0).all():
            where += (
                " No weight of `W1` is negative, so a unit that fires for some inputs also fires "
                "when more of them are 1. Which weight lets a 1 count *against*?"
            )
        elif found[k] == 0 and (z[k] == 0).any():
            where += (
                " There the sum of a hidden unit is exactly 0, and step(0) is 0. Put its threshold "
                "half-way between the sums that must fire and those that must not."
            )
        elif found[k] == 0 and h[k] @ W2 + b2 == 0:
            where += " There the sum of the output unit is exactly 0, and step(0) is 0."
        elif found.all() and (h.sum(axis=1) == 1).all():
            where += (
                " Your hidden units are right: one fires for each row. But all of them vote for 1. "
                "Where does y come in?"
            )
        else:
            where += f" {int(h[k].sum())} of {h.shape[1]} hidden units fire there."
        raise NotYet(where)
    return (
        "So one hidden layer can answer anything that a table can ask. The price: up to 2^n units "
        "for n inputs, and it knows nothing of a row that it was not given."
    )


# Back-propagation --------------------------------------------------------------------------------


class Output(NamedTuple):
    """What `backward` must know of an output layer, as in the notebook."""

    activation: Callable
    cost: Callable
    delta: Callable


_OUTPUTS = (
    Output(
        lambda z: z,
        lambda y, y_hat: np.mean((y - y_hat) ** 2),
        lambda y, y_hat: 2 * (y_hat - y) / y.size,
    ),
    Output(
        softmax,
        lambda y, y_hat: -np.mean(np.sum(y * np.log(y_hat), axis=1)),
        lambda y, y_hat: (y_hat - y) / len(y),
    ),
)


def _backward(
    x: np.ndarray,
    y: np.ndarray,
    parameters: list,
    output: Output,
    sigma: Callable = lambda z, k: _sigmoid(z),
    slope: Callable = lambda h, k: h * (1 - h),
    add: Callable = np.sum,
) -> tuple:
    """Return the gradients of W1, b1, W2, b2, ... for any number of hidden layers.

    ``sigma`` and ``slope`` are given the number of the hidden layer, from 1 on; ``add`` makes the
    gradient of a bias. All three are there for mistakes to be made.
    """
    *hidden, y_hat = _forward(x, parameters, output.activation, sigma)
    values, delta, gradients = [x, *hidden], output.delta(y, y_hat), []
    for k in reversed(range(len(values))):
        gradients = [values[k].T @ delta, add(delta, axis=0), *gradients]
        if k:
            delta = delta @ parameters[2 * k].T * slope(values[k], k)
    return tuple(gradients)


@functools.cache
def _trained_xor(start: str) -> list[list[np.ndarray]]:
    """Train XOR as exercise 2 asks.

    Returns:
        the parameters before the first step and after each of 1000 steps.
    """
    shapes = ((2, 4), (4,), (4, 2), (2,))
    parameters = [np.full(shape, float(start == "ones")) for shape in shapes]
    rng = np.random.default_rng(2)
    for k in {"W2 random": (2,), "W1, b1 random": (0, 1)}.get(start, ()):
        parameters[k] = rng.normal(size=shapes[k])
    path = [parameters]
    for _ in range(1000):
        gradients = _backward(_CORNERS, np.eye(2)[_XOR], path[-1], _OUTPUTS[1])
        path.append([p - 2 * g for p, g in zip(path[-1], gradients)])
    return path


def _kinds(start: str) -> int:
    """Count the different hidden units after the training."""
    return np.unique(np.round(_trained_xor(start)[-1][0], 6), axis=1).shape[1]


def exercise_2(answer: object) -> str:
    """Training from equal parameters: the outputs, the different units, when W1 first changes."""
    probabilities, kinds, first_change = answer
    W1, b1, W2, b2 = _trained_xor("zeros")[-1]
    right = softmax(_sigmoid(_CORNERS @ W1 + b1) @ W2 + b2)[:, 1]
    likely = {
        "this is what XOR asks for. But does the first step change anything? With all zeros, h is "
        "1/2 everywhere. Work out ŷ and then the four gradients.": (
            lambda given: np.allclose(given, _XOR, rtol=0, atol=0.2)
        )
    }
    otherwise = (
        "at the start all sums z2 are 0. What does softmax make of two equal sums? Then work out "
        "the four gradients: does the first step change anything?"
    )
    expect("probabilities", probabilities, right, otherwise, likely, atol=0.005)
    hints = (
        "with all ones, units that are all alike count as one kind. Which two of them could become "
        "different, with the same weights in and out, and therefore the same gradient?",
        "with W2 random, the gradient of W1 is x^T δ1, and each unit's δ1 is computed with its own "
        "row of W2. Are these rows alike?",
    )
    expect("kinds", kinds, (_kinds("ones"), _kinds("W2 random")), hints)
    path = _trained_xor("W1, b1 random")
    first = next(k for k, p in enumerate(path) if not np.array_equal(p[0], path[0][0]))
    hint = "δ1 is δ2 W2^T times the slope. What is it while W2 is zero?"
    otherwise = (
        "follow the first two steps. In the first one W2 is zero, so what is δ1? But does W2 stay "
        "zero, when its gradient is h^T δ2?"
    )
    expect("first_change", first_change, first, otherwise, {hint: 1})
    return (
        "Equal units stay equal, and a layer of them is one unit. One random layer of weights "
        "breaks the tie; that is why the biases may start at zero."
    )


def _judge_gradients(
    answer: object, right: Callable, cases: list[tuple], mistakes: Mapping[str, Callable]
) -> None:
    """Like `judge`, for functions that return gradients: the hint says which of them are right."""
    x, y, parameters, output = cases[0]
    names = [f"{letter}{k}" for k in range(1, len(parameters) // 2 + 1) for letter in "Wb"]
    try:
        judge(answer, right, cases, mistakes)
    except NotYet as hint:
        if str(hint) in mistakes:
            raise
        if "` raised " in str(hint):
            shapes = zip(("x", "y", *names), (x, y, *parameters))
            name = getattr(answer, "__name__", "your function")
            raise NotYet(
                f"`{name}(x, y, parameters, output)` raised "
                f"{str(hint).split('` raised ', 1)[1]} These are the shapes: "
                f"{', '.join(f'{name} {np.shape(array)}' for name, array in shapes)}."
            ) from None
        _judge_each_gradient(answer, right, cases, names)
        factor = "" if str(hint).startswith("For `") else f" {hint}"
        raise NotYet(
            "No gradient is right. All of them begin with the last δ, so look at the forward pass "
            f"and at that line first.{factor}"
        ) from None
    calls = []

    def counted(z):
        calls.append(1)
        return output.activation(z)

    call(answer, x, y, parameters, output._replace(activation=counted))
    if len(calls) > 4:
        raise NotYet(
            "These gradients are right, but they are finite differences: many forward passes where "
            "back-propagation needs one. Keep them to compare with, and write the formulas."
        )
    arrays = dict(zip(("x", "y", *names), (x, y, *parameters)))
    name = changed(lambda x, y, *rest: answer(x, y, list(rest), output), **arrays)
    if name:
        raise NotYet(
            f"These gradients are right, but your function changes the `{name}` that it is given. "
            "The caller still needs it."
        )


def _judge_each_gradient(
    answer: object, right: Callable, cases: list[tuple], names: list[str]
) -> None:
    """Say which of the gradients are wrong, unless all of them are."""
    wrong = set()
    for case in cases:
        found = call(answer, *case)
        if not isinstance(found, tuple | list) or len(found) != len(names):
            raise NotYet(
                f"Return {len(names)} gradients, in the order of the parameters: "
                f"{', '.join(names)}."
            )
        for name, f, r in zip(names, found, right(*case)):
            if np.shape(f) != r.shape:
                raise NotYet(
                    f"The gradient of {name} must have the shape of {name}, {r.shape}, not "
                    f"{np.shape(f)}. The order is {', '.join(names)}."
                )
            if difference(f, r):
                wrong.add(name)
    if len(wrong) < len(names):
        last = max(name[1:] for name in wrong)
        both = {f"W{last}", f"b{last}"} <= wrong
        where = f"δ{last}" if both else f"the gradient of {max(wrong, key=lambda n: n[1:])}"
        raise NotYet(
            f"Right: {', '.join(name for name in names if name not in wrong)}. Not yet right: "
            f"{', '.join(name for name in names if name in wrong)}. Back-propagation runs from the "
            f"last layer to the first, so look at {where} first."
        )


def _gradient_cases(*all_sizes: tuple[int, ...]) -> list[tuple]:
    """Draw x, y, parameters and output for networks of these sizes, the number of examples first.

    Each network is drawn once for regression and once for classes.
    """
    rng = np.random.default_rng(5)
    cases = []
    for n, *sizes in all_sizes:
        x = rng.normal(size=(n, sizes[0]))
        targets = (
            rng.normal(size=(n, sizes[-1])),
            np.eye(sizes[-1])[rng.integers(sizes[-1], size=n)],
        )
        parameters = []
        for inputs, units in itertools.pairwise(sizes):
            parameters += [rng.normal(size=(inputs, units)), rng.normal(size=units)]
        cases += [(x, y, parameters, output) for y, output in zip(targets, _OUTPUTS)]
    return cases


def _common_mistakes(gradients: Callable) -> dict[str, Callable]:
    """Return the mistakes at the end of back-propagation, for a function like `_backward`."""

    def with_output(change):
        return lambda x, y, p, output: gradients(x, y, p, change(output, len(y)))

    return {
        "The sign is wrong: the last δ is ŷ - y, not y - ŷ, times a constant. `output.delta` has "
        "both.": lambda *case: tuple(-g for g in gradients(*case)),
        "The last δ is y - ŷ in your function: the sign is wrong, and the 1/n of the mean is "
        "missing. `output.delta(y, y_hat)` has both.": with_output(
            lambda output, n: output._replace(delta=lambda y, y_hat: y - y_hat)
        ),
        "You divide by the number of examples, but the last δ has the 1/n of the mean already.": (
            lambda x, *case: tuple(g / len(x) for g in gradients(x, *case))
        ),
        "The last δ is the derivative with respect to the last *sum*, so the slope of the output "
        "layer is in it already.": with_output(
            lambda output, n: output._replace(
                delta=lambda y, y_hat: output.delta(y, y_hat) * y_hat * (1 - y_hat)
            )
        ),
        "Your last δ is that of softmax and cross-entropy, whatever the task. `output.delta(y, "
        "y_hat)` is right for both.": with_output(
            lambda output, n: output._replace(delta=_OUTPUTS[1].delta)
        ),
        "Your last δ is ŷ - y. The cost is a mean over the examples, which brings a 1/n; "
        "`output.delta(y, y_hat)` has it.": with_output(
            lambda output, n: output._replace(delta=lambda y, y_hat: y_hat - y)
        ),
        "The output layer has softmax, whatever the task. `output.activation` is right for both.": (
            with_output(lambda output, n: output._replace(activation=softmax))
        ),
        "The output layer lacks its activation function: `output.activation`.": with_output(
            lambda output, n: output._replace(activation=lambda z: z)
        ),
        "The weights are right. For the biases, add δ up over the examples; a mean divides by n a "
        "second time.": functools.partial(gradients, add=np.mean),
    }


def _forward(x: np.ndarray, parameters: list, activation: Callable, sigma: Callable) -> tuple:
    """Return the activations of every hidden layer, and the output; ``sigma`` as in `_backward`."""
    values = [x]
    for k in range(1, len(parameters) // 2):
        values.append(sigma(values[-1] @ parameters[2 * k - 2] + parameters[2 * k - 1], k))
    return (*values[1:], activation(values[-1] @ parameters[-2] + parameters[-1]))


def _pair(answer: object, forward: str, backward: str) -> tuple:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NotYet(
            f"`check` is given the pair `({forward}, {backward})`, not {describe(answer)}."
        )
    return tuple(answer)


def _judge_forward(
    answer: object, sigma: Callable, cases: list[tuple], likely: Mapping[str, Callable]
) -> None:
    """Judge a forward pass. ``likely`` has, for a hint, the wrong ``sigma`` that it is about."""

    def right(x, parameters, activation):
        return _forward(x, parameters, activation, sigma)

    def identity(z):
        return z

    layers = "`h`" if len(cases[0][2]) == 4 else "`h1`, `h2`"
    mistakes = {
        f"The forward pass: {hint}": functools.partial(_forward, sigma=wrong)
        for hint, wrong in likely.items()
    }
    mistakes |= {
        "The forward pass: the output layer lacks its `activation`.": (
            lambda x, parameters, activation: right(x, parameters, identity)
        ),
        "The forward pass: the output layer has softmax, whatever the task. Use the `activation` "
        "that it is given.": lambda x, parameters, activation: right(x, parameters, softmax),
        f"The forward pass: the order is {layers}, `y_hat`.": (
            lambda *case: tuple(reversed(right(*case)))
        ),
    }
    given = [(x, parameters, output.activation) for x, _, parameters, output in cases]
    judge(answer, right, given, mistakes)


def exercise_5(answer: object) -> str:
    """Forward and back-propagation with tanh in the hidden layer: the slope is 1 - h^2."""
    forward, backward = _pair(answer, "forward_tanh", "backward_tanh")

    def tanh(z, k):
        return np.tanh(z)

    def right(x, y, parameters, output, slope=lambda h, k: 1 - h**2, add=np.sum):
        return _backward(x, y, parameters, output, tanh, slope, add)

    def with_slope(slope):
        return functools.partial(right, slope=lambda h, k: slope(h))

    cases = _gradient_cases((5, 3, 4, 2), (20, 2, 6, 5), (7, 4, 4, 4), (1, 1, 2, 4))
    likely = {
        "the hidden layer still has the logistic function.": lambda z, k: _sigmoid(z),
        "the hidden layer lacks its activation function.": lambda z, k: z,
        "this is tanh of half of z, or the logistic function stretched: tanh z = 2 σ(2z) - 1.": (
            lambda z, k: np.tanh(z / 2)
        ),
    }
    _judge_forward(forward, tanh, cases, likely)
    mistakes = {
        "The forward pass has tanh now, but h (1 - h) is still the slope of the logistic function. "
        "What is the slope of tanh?": with_slope(lambda h: h * (1 - h)),
        "δ1 lacks the slope of the hidden layer.": with_slope(np.ones_like),
        "h is tanh(z1) already, and you take tanh of it once more.": (
            with_slope(lambda h: 1 - np.tanh(h) ** 2)
        ),
        "σ(z) in the table of slopes is the *activation*: put in h, not the sum z1.": (
            with_slope(lambda h: 1 - np.arctanh(h) ** 2)
        ),
        "The slope of tanh has a square: 1 - h².": with_slope(lambda h: 1 - h),
        "Mind the difference: (1 - h)² is not 1 - h².": with_slope(lambda h: (1 - h) ** 2),
        "The slope is 1 - h², not h² - 1: your first layer goes uphill.": (
            with_slope(lambda h: h**2 - 1)
        ),
        "`backward_tanh` gives the gradients of the network with the logistic function, unchanged. "
        "Does it call `forward_tanh`?": _backward,
        "The slope is that of tanh, but the activations in `backward_tanh` are those of the "
        "logistic function. Does it call `forward_tanh`?": functools.partial(
            _backward, slope=lambda h, k: 1 - h**2
        ),
        **_common_mistakes(right),
    }
    _judge_gradients(backward, right, cases, mistakes)
    return (
        "Only the slope of the hidden layer knows its activation function. So a library needs just "
        "one derivative for each function, and the chain rule does the rest."
    )


def exercise_6(answer: object) -> str:
    """Forward and back-propagation through two sigmoid hidden layers: six gradients."""
    forward, backward = _pair(answer, "forward_deep", "backward_deep")

    def sigmoid(z, k):
        return _sigmoid(z)

    def without(layer):
        return lambda z, k: z if k == layer else _sigmoid(z)

    def without_slope_of(*layers):
        return functools.partial(
            _backward, slope=lambda h, k: np.ones_like(h) if k in layers else h * (1 - h)
        )

    def without_activation_of(layer):
        return functools.partial(
            _backward,
            sigma=without(layer),
            slope=lambda h, k: np.ones_like(h) if k == layer else h * (1 - h),
        )

    cases = _gradient_cases((6, 5, 4, 3, 2), (20, 2, 3, 5, 4), (9, 4, 4, 4, 4), (1, 6, 2, 5, 3))
    likely = {
        "the first hidden layer lacks its activation function.": without(1),
        "the second hidden layer lacks its activation function.": without(2),
        "the hidden layers lack their activation functions.": lambda z, k: z,
    }
    _judge_forward(forward, sigmoid, cases, likely)
    mistakes = {
        "δ2 lacks the slope of the second hidden layer, h2 (1 - h2); δ1 inherits the mistake.": (
            without_slope_of(2)
        ),
        "δ1 lacks the slope of the first hidden layer. Each hidden layer has a slope of its own.": (
            without_slope_of(1)
        ),
        "δ1 and δ2 lack the slopes of their layers, h (1 - h).": without_slope_of(1, 2),
        "The second hidden layer lacks its activation function, so it and the output layer are one "
        "linear layer.": without_activation_of(2),
        "The first hidden layer lacks its activation function, so it and the second are one linear "
        "layer.": without_activation_of(1),
        "The second hidden layer lacks its activation function in the forward pass; its slope is "
        "there.": functools.partial(_backward, sigma=without(2)),
        **_common_mistakes(_backward),
    }
    _judge_gradients(backward, _backward, cases, mistakes)
    return (
        "Every further layer is the same two lines again: multiply δ by the weights on its way, "
        "then by the slope. Repeat them in a loop, and you have a network of any depth."
    )


# Training ----------------------------------------------------------------------------------------


def exercise_7(answer: object) -> str:
    """Mini-batch gradient descent: what it does to the examples and to the parameters."""
    if not callable(answer):
        raise NotYet(f"The answer must be a function, not {describe(answer)}.")
    sizes = ((6, 2, 2, 0.1), (10, 4, 3, 0.5), (7, 3, 2, 0.3), (5, 8, 2, 1.0), (3, 1, 2, 0.2))
    for n, batch_size, epochs, rate in sizes:
        seen, result, modified = _watch(answer, n, batch_size, epochs, rate)
        _judge_batches(seen, n, batch_size, epochs)
        _judge_steps(seen, result, rate)
        if modified:
            raise NotYet(
                f"Your function changes the {modified} that it is given, and the caller still "
                "needs them. `p -= ...`, `parameters[k] = ...` and `rng.shuffle(x)` "
                "write into what was given; `[p - ... for p in parameters]` and `x[order]` make "
                "something new."
            )
    runs = [_watch(answer, 50, 10, 2, 0.1, seed)[0] for seed in (0, 0, 1)]
    orders = [np.concatenate([step.rows for step in run]) for run in runs]
    if np.array_equal(orders[0], np.tile(np.arange(50), 2)):
        raise NotYet("The examples are never shuffled: each epoch takes them as they come.")
    if np.array_equal(orders[0][:50], orders[0][50:]):
        raise NotYet("The examples are shuffled once. Shuffle them anew for each epoch.")
    epochs = [{frozenset(step.rows) for step in steps} for steps in (runs[0][:5], runs[0][5:])]
    if epochs[0] == epochs[1]:
        raise NotYet(
            "The batches have the same members in each epoch. Put all the *examples* into a new "
            "order, and only then cut it into batches."
        )
    if np.mean(np.isin(np.diff(orders[0]) % 50, (1, 49))) > 0.5:
        raise NotYet(
            "Most examples come right after their neighbour in x, so this is no random order. "
            "`rng.permutation(n)` draws one."
        )
    if not np.array_equal(orders[0], orders[1]) or np.array_equal(orders[0], orders[2]):
        raise NotYet("Take the random order from `rng` alone, so that the caller's seed decides.")
    return (
        "This loop is what `fit` does. Many small noisy steps cost no more than one exact step on "
        "all data, and they get much further."
    )


class _Call(NamedTuple):
    """What `gradients` was given and what it returned."""

    rows: np.ndarray
    labels: np.ndarray
    parameters: list
    gradients: list


def _watch(
    answer: Callable, n: int, batch_size: int, epochs: int, rate: float, seed: int = 0
) -> tuple[list[_Call], object, str]:
    """Let the learner's function train with gradients that note how they are called.

    Column 0 of x and of y holds the number of the example.

    Returns:
        the calls, the result, and the names of the arguments that were modified.
    """
    rng = np.random.default_rng(7)
    x = np.column_stack([np.arange(n), rng.normal(size=(n, 2))])
    y = np.column_stack([np.arange(n), rng.normal(size=n)])
    start = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    seen, modified = [], []

    def gradients(x, y, parameters):
        try:
            x, y = np.array(x, dtype=float), np.array(y, dtype=float)
            parameters = [np.array(p, dtype=float) for p in parameters]
        except (TypeError, ValueError):
            raise ValueError(
                "gradients needs x_batch, y_batch, parameters, in this order"
            ) from None
        if x.ndim != 2 or y.ndim != 2 or x.shape[1:] != (3,) or y.shape[1:] != (2,):
            raise ValueError(
                f"gradients needs rows of x and y, not arrays of shape {x.shape} and {y.shape}"
            )
        if len(x) == 0:
            raise ValueError(
                "gradients was given an empty batch: a batch must begin before the examples end"
            )
        if [p.shape for p in parameters] != [p.shape for p in start]:
            raise ValueError("gradients needs all parameters, as a list like the one at the start")
        W, b = parameters
        error = (x @ W + b - y[: len(x)].mean()) / (10 * n)
        found = [x.T @ error + 0.1, error.sum(axis=0) - 0.2]
        seen.append(_Call(x[:, 0], y[:, 0], parameters, [g.copy() for g in found]))
        if len(seen) > 1000:
            raise ValueError("gradients was called more than 1000 times: does the loop ever end?")
        return found

    @functools.wraps(answer)
    def train(*arguments):
        before = copy.deepcopy(arguments)
        result = answer(*arguments)
        for name, k in (("examples", 0), ("labels", 1), ("parameters", 3)):
            if not all(map(np.array_equal, before[k], arguments[k])):
                modified.append(name)
        return result

    train.__name__ = getattr(answer, "__name__", "your function")
    generator = np.random.default_rng(seed)
    try:
        result = call(train, x, y, gradients, start, rate, epochs, batch_size, generator)
    except NotYet as hint:
        text = str(hint).split("` raised ", 1)[-1].replace(PARTS_DIFFER, "")
        if "inhomogeneous" in text or "multiply sequence" in text or "'list'" in text:
            text += (
                " Parameters and gradients are *lists* of arrays, and a list cannot be multiplied "
                "or subtracted. Go through both of them with `zip`."
            )
        raise NotYet(
            f"With {n} examples, batches of {batch_size} and {epochs} epochs, your function raised "
            f"{text}"
        ) from None
    return seen, result, " and ".join(modified)


def _judge_batches(seen: list[_Call], n: int, batch_size: int, epochs: int) -> None:
    """Judge which examples each step has used."""
    given = f"With {n} examples, batches of {batch_size} and {epochs} epochs"
    if not seen:
        raise NotYet(f"{given}, `gradients` is never called.")
    for step in seen:
        if len(step.rows) != len(step.labels):
            raise NotYet(
                f"{given}, a step uses {len(step.rows)} rows of x, but {len(step.labels)} of y."
            )
        if not np.array_equal(step.rows, step.labels):
            raise NotYet(
                "Examples and labels have come apart: a row of x meets the label of another one. "
                "Index both with the *same* order."
            )
    one_epoch = [min(batch_size, n - begin) for begin in range(0, n, batch_size)]
    sizes = [len(step.rows) for step in seen]
    if len(sizes) == 1 < epochs * len(one_epoch):
        raise NotYet(f"{given}, there is only one step. Is `return` indented too far?")
    if sizes == one_epoch:
        raise NotYet(
            f"{given}, there is only one epoch. Does a loop use `num_epochs`, and is `return` "
            "outside of it?"
        )
    if batch_size < n and set(sizes) == {n}:
        raise NotYet("Each step uses all examples. Take only `batch_size` of them for each step.")
    if n % batch_size and sizes == epochs * (n // batch_size) * [batch_size]:
        raise NotYet(
            f"{given}, the last batch of each epoch is lost: {n} is not a multiple of "
            f"{batch_size}, so it is a smaller one. No example may be left out."
        )
    if sizes != epochs * one_epoch:
        raise NotYet(
            f"{given}, one epoch has steps with {', '.join(map(str, one_epoch))} examples, "
            f"{epochs * len(one_epoch)} steps in all. Yours are {len(sizes)} steps, the first ones "
            f"with {', '.join(map(str, sizes[:4]))}."
        )
    for epoch in np.split(np.concatenate([step.rows for step in seen]), epochs):
        if not np.array_equal(np.sort(epoch), np.arange(n)):
            raise NotYet(
                "In one epoch some examples come twice and others never. Draw one order of all "
                "examples, for instance `rng.permutation(n)`, and cut it into batches."
            )


def _judge_steps(seen: list[_Call], result: object, rate: float) -> None:
    """Judge how the parameters move from call to call, and which ones are returned."""

    def flat(arrays):
        return np.concatenate([np.ravel(array) for array in arrays])

    start = seen[0].parameters
    if not isinstance(result, tuple | list) or [np.shape(p) for p in result] != [
        p.shape for p in start
    ]:
        raise NotYet(
            f"Return the list of all parameters after the last step, not {describe(result)}."
        )
    path = np.array([flat(step.parameters) for step in seen] + [flat(result)], dtype=float)
    moved, gradients = np.diff(path, axis=0), np.array([flat(step.gradients) for step in seen])
    sizes = np.array([[len(step.rows)] for step in seen])
    hints = (
        (-rate * gradients, None),
        (rate * gradients, "The sign is wrong: your steps go uphill."),
        (-gradients, "The learning rate is missing: p - learning_rate * g."),
        (
            -rate * gradients / sizes,
            "You divide by the size of the batch. `gradients` returns those of a mean already.",
        ),
        (
            -rate * gradients / len({row for step in seen for row in step.rows}),
            "You divide by the number of examples. `gradients` returns those of a mean already.",
        ),
        (0 * gradients, "The parameters never change: is the result of your step stored?"),
    )
    for expected, hint in hints:
        if np.allclose(moved, expected, atol=1e-6):  # single precision will do
            if hint:
                raise NotYet(hint)
            return
    if np.allclose(moved[:-1], 0):
        raise NotYet(
            "`gradients` is given the same parameters in each step. Give it those after the step "
            "before."
        )
    if np.allclose(moved[:-1], -rate * gradients[:-1]):
        raise NotYet("All steps are right, but what you return are not the parameters after them.")
    if np.allclose(moved[0], 0):
        raise NotYet("The first batch changes nothing. Take a step after *each* batch.")
    step, place = np.argwhere(~np.isclose(moved, -rate * gradients, atol=1e-6))[0]
    which = "first" if place < start[0].size else "second"
    raise NotYet(
        "A step must change every parameter p to p - learning_rate * g, with the g of this batch. "
        f"Your step {step + 1} changes a number of the {which} parameter by "
        f"{moved[step, place]:.4g}, where learning_rate is {rate:g} and g is "
        f"{gradients[step, place]:.4g}."
    )
