"""The checkers of notebook 05, regularisation and optimisers."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from unittest import mock

import numpy as np

from exercises.judging import (
    NotYet,
    ToDo,
    When,
    call,
    changed,
    describe,
    expect,
    judge,
    numbers,
    softmax,
)


def exercise_1(answer: object) -> str:
    """Momentum, with or without a look ahead: all weights, the start first."""

    def here(v, alpha):
        return 0 * v

    def ahead(v, alpha):
        return alpha * v

    def walked(renew, look=ahead, usual=here, moved=lambda v, old: v):
        """Make a walk: v by ``renew``, from v = 0 on, and g at w + ``look`` or w + ``usual``."""

        def walk(gradient, w, learning_rate, alpha, num_steps, look_ahead):
            v, path = np.zeros_like(w), [w]
            for _ in range(num_steps):
                old, place = v, w + (look if look_ahead else usual)(v, alpha)
                v = renew(v, gradient(place), learning_rate, alpha)
                w = w + moved(v, old)
                path.append(w)
            return np.array(path)

        return walk

    def momentum(v, g, e, a):
        return a * v - e * g

    right = walked(momentum)

    def as_keras(gradient, w, learning_rate, alpha, num_steps, look_ahead):
        path = right(gradient, w, learning_rate, alpha, num_steps, look_ahead)
        steps = np.diff(path, axis=0, prepend=path[:1])
        return path + look_ahead * alpha * steps

    def one_change(change):
        return lambda *case: change(right(*case))

    mistakes = {
        "All rows are equal. `w += v` changes the array itself, and with it what the list holds; "
        "`w = w + v` makes a new one.": one_change(lambda path: 0 * path + path[-1]),
        "The first row is not the start. `w += v` changes the array itself, and with it what the "
        "list holds; `w = w + v` makes a new one.": one_change(
            lambda path: np.concatenate([path[-1:], path[1:]])
        ),
        "The start is missing: it comes first.": one_change(lambda path: path[1:]),
        "The last step is missing.": one_change(lambda path: path[:-1]),
        "Return the weights after *each* step, the start first.": one_change(lambda path: path[-1]),
        "These are the velocities v. Return the weights.": one_change(
            lambda path: np.diff(path, axis=0)
        ),
        "The old v is never used, so this is plain gradient descent: v must outlive the step.": (
            walked(lambda v, g, e, a: -e * g)
        ),
        "The sign of the gradient is wrong: the ball rolls uphill.": (
            walked(lambda v, g, e, a: a * v + e * g)
        ),
        "You average the gradients with α and 1 - α, as Adam does. Here the gradient enters in "
        "full: -ε g.": walked(lambda v, g, e, a: a * v - e * (1 - a) * g),
        "α is missing in v: without friction it keeps every old step for ever.": (
            walked(lambda v, g, e, a: v - e * g)
        ),
        "ε is missing: the gradient enters v multiplied by the learning rate.": (
            walked(lambda v, g, e, a: a * v - g)
        ),
        "You multiply the gradient by α, too. Only the old v is multiplied by it.": (
            walked(lambda v, g, e, a: a * (v - e * g))
        ),
        "α is 0.9, whatever `alpha` says.": lambda gradient, w, rate, alpha, *others: right(
            gradient, w, rate, 0.9, *others
        ),
        "You move by the old v. First renew it, then move.": (
            walked(momentum, moved=lambda v, old: old)
        ),
        "You look ahead also where `look_ahead` is False.": walked(momentum, ahead, ahead),
        "You look ahead where `look_ahead` is False, and not where it is True.": (
            walked(momentum, here, ahead)
        ),
        "With `look_ahead=True`, too, g is the gradient at w. It must be that at w + α v, with the "
        "v before this step.": walked(momentum, here),
        "You look back: the gradient is wanted at w *plus* α v.": walked(
            momentum, lambda v, alpha: -alpha * v
        ),
        "The place where you look ahead is w + v. v fades first: w + α v.": (
            walked(momentum, lambda v, alpha: v)
        ),
        "With `look_ahead=True` these are the places at which you look, w + α v; Keras keeps "
        "those. Return the weights w.": as_keras,
    }

    def slope(*curvature):
        def gradient(w):
            return np.array(curvature) * w

        return gradient

    def gradient(w):  # of hills
        return np.sin(3 * w) + w / 2

    rng = np.random.default_rng(1)
    cases = [(slope(1.0), np.array([1.0]), 0.5, 0.5, 3, look) for look in (False, True)]
    for look in (True, False):
        cases.append((slope(1.0, 20.0), np.array([-3.0, 1.0]), 0.01, 0.9, 12, look))
        cases.append((gradient, rng.normal(size=5), 0.1, 0.8, 9, look))
    cases.append((gradient, rng.normal(size=3), 0.1, 0.0, 4, True))
    judge(answer, right, cases, mistakes, rtol=1e-5)
    names = ("gradient", "w", "learning_rate", "alpha", "num_steps", "look_ahead")
    if changed(answer, **dict(zip(names, cases[2]))):
        raise NotYet(
            "The walk is right, but the array `w` that was given is changed. `w += v` changes it; "
            "`w = w + v` makes a new one."
        )
    return (
        "Along a valley the steps add up, to 1 / (1 - α) times as much; across it they partly "
        "cancel. Who looks ahead feels the other slope before standing on it, and swings less."
    )


class _Rng(np.random.Generator):
    """A random generator whose name is short enough for a hint."""

    def __repr__(self) -> str:
        return "rng"


def _rng(seed: int) -> np.random.Generator:
    return _Rng(np.random.PCG64(seed))


def exercise_2(answer: object) -> str:
    """Dropout there and back: (h, gradient, rate, rng, training) -> output and dL/dh."""
    rng = np.random.default_rng(4)
    h = rng.uniform(1, 2, size=(300, 40)) * rng.choice([-1, 1], size=(300, 40))
    gradient = rng.uniform(1, 2, size=h.shape) * rng.choice([-1, 1], size=h.shape)

    def factors(rate, seed, training=True, h=h, gradient=gradient):
        """Return by which factors the output (1 where h is 0) and the gradient were multiplied."""
        try:
            result = call(answer, h, gradient, rate, _rng(seed), training)
        except ToDo as message:
            if training:
                raise
            raise NotYet("With `training=False` it returns None or `...`.") from message
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise NotYet(
                "Return two arrays, the output and the gradient with respect to h, not "
                f"{describe(result)}."
            )
        output = numbers(result[0], h.shape, "The output")
        factor = np.divide(output, h, out=np.ones(h.shape), where=h != 0)
        return factor, numbers(result[1], h.shape, "The gradient") / gradient

    for rate in (0.3, 0.8):
        forward, _ = factors(rate, 1)
        dropped = forward == 0
        share = dropped.mean()
        values = np.unique(forward[~dropped].round(6))
        if np.isclose(share, 0):
            raise NotYet(f"With `training=True` and a rate of {rate}, nothing is dropped.")
        if rate == 0.3 and (dropped.all(axis=0).any() or dropped.all(axis=1).any()):
            raise NotYet(
                "Whole rows or columns are dropped. Draw one random number for each number of h: "
                "`rng.random(h.shape)`."
            )
        if abs(share - (1 - rate)) < 0.05:
            raise NotYet(
                f"You keep what should be dropped: with a rate of {rate}, {share:.0%} are 0."
            )
        if abs(share - rate) > 0.05:
            raise NotYet(f"With a rate of {rate}, {share:.0%} of the outputs are 0.")
        if len(values) > 1:
            raise NotYet("All outputs that are kept must be multiplied by the same number.")
        likely = {
            "what is kept stays as it is, so the sum that the next layer gets is too small. What "
            "keeps the expected value?": 1,
            "divide by the share that is *kept*, not by the rate.": 1 / rate,
            "what is kept must grow, to make up for what is dropped. Yours shrinks.": 1 - rate,
            "check the expected value: (1 - rate) of the outputs are kept, each times what? The "
            "product must be 1.": 1 + rate,
        }
        otherwise = (
            f"with a rate of {rate}, the outputs that are kept are multiplied by {values[0]:.4g}. "
            "Which number keeps the expected value?"
        )
        expect("dropout_layer", values[0], 1 / (1 - rate), otherwise, likely, rtol=1e-5)
    if not np.array_equal(factors(0.5, 1)[0], factors(0.5, 1)[0]):
        raise NotYet("Draw the random numbers from the `rng` that the function is given.")
    if np.array_equal(factors(0.5, 1)[0], factors(0.5, 2)[0]):
        raise NotYet(
            "The same outputs are dropped in each step. Draw from the `rng` that you are given, "
            "not from one that begins anew."
        )
    for rate in (0.3, 0.8):
        forward, backward = factors(rate, 3)
        if np.allclose(backward, forward):
            continue
        if np.allclose(backward, 1):
            raise NotYet(
                "Forward is right. The gradient passes unchanged: can an output that was set to 0 "
                "have any influence on the loss?"
            )
        if np.allclose(backward, forward != 0):
            raise NotYet(
                "Forward is right. Backward, the gradient is dropped in the right places; and the "
                "factor of those that are kept?"
            )
        if np.allclose(backward, forward * h):
            raise NotYet("The derivative of factor · h with respect to h is the factor, without h.")
        if not np.array_equal(backward == 0, forward == 0):
            raise NotYet(
                "Forward is right. Backward, other places are dropped than forward. Keep the mask "
                "in a variable and use it twice: neither draw again nor guess it from the output."
            )
        raise NotYet("Forward is right. Backward, multiply by the derivative of the output.")
    # The same rng draws the same mask, whether h holds zeros or not.
    if not np.allclose(factors(0.5, 6, h=np.maximum(h, 0))[1], factors(0.5, 6)[1]):
        raise NotYet(
            "Where h is 0, a kept unit passes its gradient as well. Use the mask itself, not the "
            "zeros of the output."
        )
    for what, factor in zip(("the output", "the gradient"), factors(0.4, 4, training=False)):
        if not np.allclose(factor, 1):
            raise NotYet(f"With `training=False`, {what} must stay as it is.")
    small = rng.uniform(1, 2, size=(1, 3))
    for rate, training in ((0.0, True), (0.0, False), (0.9, False)):
        for what, factor in zip(
            ("output", "gradient"), factors(rate, 5, training, small, small.copy())
        ):
            if not np.allclose(factor, 1):
                raise NotYet(f"With a rate of {rate} and training={training}, the {what} changes.")
    return (
        "The step backward repeats what was done forward, so a unit that was dropped learns "
        "nothing in this step; and since the expected value was kept, predicting needs no change."
    )


class _Network:
    """A pretence of a network: its weights show how many epochs it was trained."""

    def __init__(self, losses: tuple[float, ...], untrained: float = 9.0) -> None:
        self._losses = (untrained, *losses)
        self._epoch = self._asked = 0
        self.weights = [np.zeros((2, 3)), np.zeros(3), np.zeros((3, 1))]

    def __repr__(self) -> str:
        return "network"

    def train_epoch(self) -> None:
        if self._epoch == len(self._losses) - 1:
            raise RuntimeError("train_epoch() is called more often than max_epochs allows")
        self._epoch += 1
        self._asked = 0
        for array in self.weights:
            array += 1

    def validation_loss(self) -> float:
        self._asked += 1
        if self._asked > 100:  # else a loop that forgets to train would never end
            raise RuntimeError("validation_loss() is called again and again, without train_epoch()")
        return self._losses[self._epoch]


def exercise_3(answer: object) -> str:
    """Early stopping: (network, patience, max_epochs) -> weights of the best epoch, epochs."""

    def run(losses, patience, untrained=9.0):
        """Return which epoch the returned weights show, the returned and the true epochs."""
        used, returned = [], []

        @functools.wraps(answer)
        def with_network(network, patience, max_epochs):
            used.append(network)  # a copy of the one below
            returned.append(answer(network, patience, max_epochs))
            return returned[0]

        function = with_network if callable(answer) else answer
        try:
            result = call(function, _Network(losses, untrained), patience, len(losses))
        except ToDo as message:
            pair = returned[0] if returned else None
            if isinstance(pair, tuple | list) and pair[0] is None and pair[-1] is not None:
                raise NotYet(
                    "The best weights are None: no epoch counted as the best. With which loss do "
                    "you begin?"
                ) from message
            raise
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise NotYet(
                "Return two values, the list of weights of the best epoch and the number of "
                f"epochs trained, not {describe(result)}."
            )
        weights, epochs = result
        shapes = [array.shape for array in _Network(losses).weights]
        if not isinstance(weights, tuple | list) or list(map(np.shape, weights)) != shapes:
            raise NotYet(
                "The first value must be a list of arrays, of the same shapes as in "
                f"`network.weights`, not {describe(weights)}."
            )
        epochs = numbers(epochs, what="The number of epochs")
        return int(weights[0].flat[0]), int(epochs), used[0]._epoch

    def by_rule(renew, late=0, last=0):
        """Make a function that returns how many epochs are trained.

        ``renew(losses, waited)`` renews the number of epochs waited, with the losses so far.
        """

        def epochs(losses, patience):
            waited = 0
            for epoch in range(1, len(losses) + 1 - last):
                waited = renew(losses[:epoch], waited)
                if waited >= patience + late:
                    break
            return epoch

        return epochs

    def best_so_far(losses, waited):
        improved = len(losses) == 1 or losses[-1] < min(losses[:-1])
        return 0 if improved else waited + 1

    mistakes = {
        "You stop one epoch too late: stop as soon as the loss has not improved for `patience` "
        "epochs.": by_rule(best_so_far, late=1),
        "You stop one epoch too early: count only epochs *after* the best one.": (
            by_rule(best_so_far, late=-1)
        ),
        "You compare each loss with the one before. Compare it with the best so far.": by_rule(
            lambda losses, waited: 0 if losses[-1] < ([9.0, *losses])[-2] else waited + 1
        ),
        "`patience` counts epochs *in a row*. Begin again at 0 after each improvement.": by_rule(
            lambda losses, waited: waited + (best_so_far(losses, 0) > 0)
        ),
        "A loss that equals the best one is no improvement: ask for `<`.": by_rule(
            lambda losses, waited: 0 if losses[-1] <= min(losses) else waited + 1
        ),
        "You never stop before `max_epochs`.": by_rule(lambda losses, waited: -1),
        "If nothing stops it, the training must go on until `max_epochs` have been trained. Yours "
        "ends one epoch before.": by_rule(best_so_far, last=1),
    }
    cases = [((0.9, 0.5, 0.6, 0.7, 0.8, 0.9), 2)]  # stops after the fourth epoch
    cases += [((0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.7, 0.68, 0.9, 0.9), 3)]
    cases += [((0.9, 0.5, 0.7, 0.6, 0.8, 0.7, 0.55, 0.4, 0.3), 3)]  # falls, yet not enough
    cases += [((0.5, 0.5, 0.5, 0.4), 2), ((0.9, 0.8, 0.7, 0.6), 1), ((0.5, 0.6), 1)]
    cases += [((0.9, 0.4, 0.5, 0.4, 0.4, 0.3, 0.2), 3)]
    # The best loss so far may be beaten by very little.
    slight = [((0.9, 0.8995, 0.95, 0.96, 0.97), 2), ((0.5, 0.4999999, 0.6, 0.7, 0.8), 2)]
    rng = np.random.default_rng(5)
    for length, patience in ((30, 4), (60, 8), (20, 1)):
        losses = np.cumsum(rng.normal(-0.02, 0.1, size=length)) + 3
        cases.append((tuple(losses.round(2).tolist()), patience))
    shown, returned, trained = zip(*(run(*case) for case in cases))
    right = tuple(by_rule(best_so_far)(*case) for case in cases)
    best = tuple(1 + int(np.argmin(case[0][:n])) for case, n in zip(cases, trained))
    if trained != right:
        for hint, epochs in mistakes.items():
            if trained == tuple(epochs(*case) for case in cases):
                raise NotYet(hint)
    if shown == trained != best:
        raise NotYet(
            "You return the weights of the last epoch. `network.weights` always shows those, for "
            "the arrays are changed in place. Keep a copy of each array: `[w.copy() for w in "
            "network.weights]`."
        )
    for (losses, patience), n, by_answer in zip(cases, right, zip(shown, trained)):
        wanted = 1 + losses.index(min(losses[:n])), n
        if by_answer != wanted:
            raise NotYet(
                f"With patience {patience}, max_epochs {len(losses)} and the validation losses "
                f"{', '.join(map(str, losses))}, train {n} epochs and return the weights of epoch "
                f"{wanted[0]}. You train {by_answer[1]} and return those of epoch {by_answer[0]}."
            )
    if returned == best:
        raise NotYet(
            "The weights are right. The second value is the number of epochs that were *trained*, "
            "not the best epoch."
        )
    if returned != trained:
        raise NotYet(
            "The weights are right, and the training stops when it should. The number of epochs "
            f"that you return is not: {returned[0]} where {trained[0]} were trained."
        )
    try:  # all later losses are larger than that of the untrained network
        as_before = run((0.9, 0.8, 0.7, 0.75, 0.85), 2, untrained=0.5) == (3, 5, 5)
    except (NotYet, ToDo):
        as_before = False
    if not as_before:
        raise NotYet("The untrained network takes part: begin with `np.inf` as the best loss.")
    if [run(*case) for case in slight] != [(2, 4, 4)] * len(slight):
        raise NotYet(
            "A loss that falls below the best one by very little has fallen: compare the numbers "
            "as they are, without a margin and without rounding."
        )
    return (
        "Training costs less, and the network that you keep is the one that did best on data that "
        "it did not learn from; a reference in place of a copy is a bug that no error reports."
    )


def exercise_4(answer: object) -> str:
    """A training loop with five bugs, each of which is looked for where Keras is called."""
    rng = np.random.default_rng(6)
    # No share of 31 images is a share of 23, so what was measured on which set can be told.
    images = rng.integers(0, 256, size=(94, 28, 28), dtype=np.uint8)
    labels = (np.arange(94) % 10).astype(np.uint8)
    parts = {"x_train": slice(0, 40), "x_val": slice(40, 71), "x_test": slice(71, 94)}
    arguments = [a for part in parts.values() for a in (images[part], labels[part])]

    def rows(x):
        return np.asarray(x, dtype=float).reshape(len(x), -1)

    def found(x):
        """Return which of the images each row of x shows, whatever its scale."""
        given, own = rows(x), rows(images)
        if np.mean(given == 0) > 0.9:
            raise NotYet("Nearly all pixels have become 0: `//` throws the fraction away. Use `/`.")
        given, own = (a - a.mean(axis=1, keepdims=True) for a in (given, own))
        norm = np.linalg.norm(given, axis=1, keepdims=True) * np.linalg.norm(own, axis=1)
        return np.argmax(given @ own.T / np.maximum(norm, 1e-12), axis=1)

    def classes(y):
        y = np.asarray(y)
        return y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()

    def inside(x, part):
        places = range(len(images))[parts[part]]
        return all(k in places for k in found(x))

    def judge_fit(fit, tests):
        """Raise a hint if what is known of the calls, by now or at the end, shows a bug."""
        x, y = fit["x"], fit["y"]
        if not inside(x, "x_train"):
            raise NotYet("Train on the training images alone.")
        if not np.array_equal(labels[found(x)], classes(y)):
            raise NotYet(
                "The network is trained with labels that belong to other images. Which line "
                "separates them? An image and its label must move together."
            )
        if fit["validation"] is None:
            raise NotYet("Give `model.fit` the validation data: `validation_data=(..., ...)`.")
        x_val, y_val = fit["validation"]
        if inside(x_val, "x_test"):
            raise NotYet(
                "One set appears in `fit` that must stay untouched until all choices are made."
            )
        if not inside(x_val, "x_val"):
            raise NotYet("Validate on `x_val` and `y_val`.")
        if not np.array_equal(labels[found(x_val)], classes(y_val)):
            raise NotYet("The validation labels do not belong to the validation images.")

        sets = {"training": x, "validation": x_val} | ({"test": tests[-1]["x"]} if tests else {})
        spread = {name: float(np.abs(fit["reach"](x)).max()) for name, x in sets.items()}
        if spread["training"] > 20:
            raise NotYet(
                f"Numbers up to {spread['training']:.0f} reach the first layer. Its weights are "
                "not made for them. What does the notebook do to the pixels?"
            )
        if spread["training"] < 0.05:
            raise NotYet(
                f"The largest number that reaches the first layer is {spread['training']:.1g}. Are "
                "the images scaled twice?"
            )
        for name, value in spread.items():
            if not 1 / 3 < value / spread["training"] < 3:
                raise NotYet(
                    f"The {name} images are not scaled as the training images are: their largest "
                    f"number is {value:.3g} against {spread['training']:.3g}."
                )
        if fit["affine"]:
            raise NotYet(
                "The network is no deeper than logistic regression: what stands between its layers "
                "to prevent that they collapse into one?"
            )
        if fit["relu in"] in ([0], [1]):
            raise NotYet("One of the two hidden layers still has no ReLU.")
        if fit["sums to one"] and fit["from_logits"]:
            raise NotYet(
                "Softmax twice: the last layer gives probabilities already, and `from_logits=True` "
                "tells the loss to take the softmax itself. Have one of the two."
            )
        if not fit["sums to one"] and not fit["from_logits"]:
            raise NotYet(
                "The loss expects probabilities. Look at what the last layer gives: are its "
                "outputs positive, and do they add up to 1?"
            )
        if fit["relu in"] != [0, 1] or fit["optimizer"] != "Adam":
            raise NotYet("Keep the sizes 128 and 64, ReLU and Adam, as in the notebook.")
        if fit["random"]:
            raise NotYet(
                "In training the network computes something else than in prediction: a layer such "
                "as Dropout is in it. Repair what is wrong, and add nothing."
            )
        if not 1e-5 < fit["rate"] < 0.05:
            raise NotYet(
                f"The learning rate is {fit['rate']:g}. Keep Adam as it was: it begins at 0.001."
            )

    def is_test(seen):
        return inside(seen["x"], "x_test")

    try:
        result, calls = _spy(answer, arguments, judge_fit, is_test)
    except NotYet as hint:
        raise (hint.__cause__ if isinstance(hint.__cause__, NotYet) else hint) from None
    if calls["fit"] is None:
        raise NotYet("`model.fit` was never called. Repair the loop, do not replace it.")
    tests = calls["tests"]
    judge_fit(calls["fit"], tests)
    if not tests:
        raise NotYet("Evaluate the finished model on `x_test` and `y_test`, once.")
    if len(tests) > 1 or not tests[0]["at the end"]:
        raise NotYet(
            "The test images are looked at before the training is over, or more than once. Look "
            "once, when all choices are made."
        )
    (test,) = tests
    if test["y"] is not None and not np.array_equal(labels[found(test["x"])], classes(test["y"])):
        raise NotYet("The test labels do not belong to the test images.")
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise NotYet(
            "Return two values, as before: `history` and the accuracy on the test images, not "
            f"{describe(result)}."
        )
    if getattr(result[0], "history", None) not in calls["histories"]:
        raise NotYet("The first value that you return must be what `fit` has returned.")
    accuracy = float(numbers(result[1], what="The test accuracy"))
    if not np.isclose(accuracy, np.mean(labels[found(test["x"])] == FORCED), rtol=0, atol=1e-5):
        raise NotYet(
            "The second value that you return is not the accuracy on the test images. What does "
            "`evaluate` return, and in which order?"
        )
    return (
        "None of the five raised an error, and not all of them would have shown in the result: "
        "read what goes into `fit`, and compare every result with a baseline."
    )


FORCED = 1  # the class that the spy lets a network see in every test image


def _spy(
    answer: object, arguments: list, judge_fit: Callable, is_test: Callable
) -> tuple[object, dict]:
    """Call the learner's function; return its result and how it called a model of Keras.

    One epoch is trained, if ``judge_fit`` allows it, so that a check takes less than a second. On
    the test images, every network answers with the class FORCED, so that their accuracy is known.
    """
    import keras

    calls = {"fit": None, "tests": [], "histories": []}
    within = []  # the methods under way

    def spied(name):
        original = getattr(keras.Model, name)

        def method(model, x=None, *args, **kwargs):
            if name == "fit":
                y, *args = args or [kwargs.pop("y", None)]
                x, y = _arrays(x, y)
                return fit(model, x, y, *args, **kwargs)
            own = "asked" in within or (name == "__call__" and within)
            if own or isinstance(x, keras.KerasTensor):  # Keras calls itself, or builds a model
                return original(model, x, *args, **kwargs)
            given = [x]
            if name == "evaluate":
                y, *args = args or [kwargs.pop("y", None)]
                given = _arrays(x, y)
            elif not hasattr(x, "shape"):
                given = _arrays(x)[:1]
            return asked(model, original, given, *args, **kwargs)

        def fit(model, x, y, *args, **kwargs):
            data = kwargs.pop("validation_data", None)
            if data is not None:
                data = _arrays(*data[:2]) if isinstance(data, tuple | list) else _arrays(data)
            if calls["fit"] is None:
                within.append("asked")
                calls["fit"] = {"x": x, "y": y, "validation": data, **_examine(model, x)}
                within.pop()
            judge_fit(calls["fit"] | {"x": x, "y": y, "validation": data}, calls["tests"])
            for test in calls["tests"]:
                test["at the end"] = False
            if "epochs" in kwargs:
                kwargs["epochs"] = 1
            for steps in ("steps_per_epoch", "validation_steps"):  # for what has no end
                kwargs.pop(steps, None)
            # To compile takes longer than one epoch.
            model.run_eagerly, model.jit_compile = True, False
            within.append("fit")
            try:
                kwargs |= {"validation_data": data, "verbose": 0}
                history = original(model, x, y, *args, **kwargs)
            finally:
                within.pop()
            calls["histories"].append(history.history)
            return history

        return method

    def asked(model, original, given, *args, **kwargs):
        given = [*given]
        seen = {"x": np.asarray(given[0]), "y": given[1] if len(given) > 1 else None}
        dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        within.append("asked")
        try:
            if not dense or dense[-1].units != 10 or not is_test(seen):
                return original(model, *given, *args, **kwargs)
            calls["tests"].append(seen | {"at the end": "fit" not in within})
            kept = dense[-1].get_weights()
            dense[-1].set_weights([(np.arange(10) == FORCED) + 0 * w for w in kept])
            try:
                return original(model, *given, *args, **kwargs)
            finally:
                dense[-1].set_weights(kept)
        finally:
            within.pop()

    with contextlib.ExitStack() as stack:
        for name in ("fit", "evaluate", "predict", "__call__"):
            stack.enter_context(mock.patch.object(keras.Model, name, spied(name)))
        result = call(answer, *arguments)
    return result, calls


def _arrays(x: object, y: object = None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return inputs and labels as arrays; of a data set that gives batches, all of them."""
    if y is None and not hasattr(x, "shape"):
        batches = [batch for batch, _ in zip(x, range(100))]
        batches = [batch if isinstance(batch, tuple | list) else (batch,) for batch in batches]
        x, *y = (np.concatenate([np.asarray(p) for p in part]) for part in list(zip(*batches))[:2])
        y = y[0] if y else None
    return np.asarray(x), None if y is None else np.asarray(y)


def _examine(model: object, x: np.ndarray) -> dict[str, object]:
    """Return what the network does to its inputs and what its loss expects, before training."""
    import keras

    def to_numpy(value):
        return keras.ops.convert_to_numpy(value).astype(float)

    def as_input(x):
        return np.asarray(x, dtype="float32")

    model(as_input(x[:1]))  # builds a model that has no Input
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    before = model.layers[: model.layers.index(dense[0])]

    def reach(x):
        values = as_input(x)
        for layer in before:
            if not isinstance(layer, keras.layers.InputLayer):
                values = layer(values)
        return to_numpy(values).reshape(len(x), -1)

    def scores(x):
        """Return the outputs; probabilities as logarithms, which softmax shifts only."""
        out = to_numpy(model(x))
        out = np.log(np.maximum(out, 1e-30)) if sums_to_one else out
        return out - out.mean(axis=1, keepdims=True)

    def by_formula(hidden):
        """Return what `scores` must be if the hidden layers of these numbers have ReLU."""
        h = reach(one)
        for k, layer in enumerate(dense):
            W, *b = layer.get_weights()
            h = h @ W + sum(b)
            h = np.maximum(h, 0) if k in hidden else h
        return h - h.mean(axis=1, keepdims=True)

    half = len(x) // 2
    one, other = as_input(x[:half]), as_input(x[half : 2 * half])
    outputs = to_numpy(model(one))
    sums_to_one = bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))
    middle, ends = scores((one + other) / 2), (scores(one) + scores(other)) / 2
    relu_in = None
    if [tuple(layer.kernel.shape) for layer in dense] == [(784, 128), (128, 64), (64, 10)]:
        found = scores(one)
        close = functools.partial(np.allclose, found, atol=1e-3 * np.abs(found).max())
        relu_in = next((k for k in ([0, 1], [0], [1]) if close(by_formula(k))), None)
    loss = keras.losses.get(model.loss)
    two = np.array([[0.9, 0.1]], dtype="float32")
    sparse = "sparse" in getattr(loss, "__name__", type(loss).__name__).lower()
    target = np.array([0]) if sparse else np.array([[1.0, 0.0]])
    value = float(np.mean(to_numpy(loss(target, two))))
    return {
        "reach": reach,
        "affine": bool(np.allclose(middle, ends, atol=1e-3 * np.abs(ends).max())),
        "relu in": relu_in,
        "optimizer": type(model.optimizer).__name__,
        "rate": float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)),
        "random": not np.allclose(outputs, to_numpy(model(one, training=True)), atol=1e-5),
        "sums to one": sums_to_one,
        "from_logits": abs(value - np.log(1 + np.exp(-0.8))) < 0.01,
    }


def _gradients(x: np.ndarray, y: np.ndarray, parameters: list[np.ndarray]) -> list[np.ndarray]:
    """Return the gradients of the mean cross-entropy of a ReLU network, in the same order.

    ``parameters`` are weights and biases in turn: W_1, b_1, W_2, ...
    """
    outputs, layers = [x], len(parameters) // 2
    for i in range(layers):
        a = outputs[-1] @ parameters[2 * i] + parameters[2 * i + 1]
        outputs.append(np.maximum(a, 0) if i < layers - 1 else a)
    delta = softmax(a)
    delta[np.arange(len(y)), y] -= 1
    delta /= len(y)
    gradients = []
    for i in reversed(range(layers)):
        gradients[:0] = [outputs[i].T @ delta, delta.sum(axis=0)]
        delta = delta @ parameters[2 * i].T * (outputs[i] > 0)
    return gradients


def _adam(g: np.ndarray, m: np.ndarray, r: np.ndarray, t: int) -> np.ndarray:
    return m / (1 - 0.9**t) / (np.sqrt(r / (1 - 0.999**t)) + 1e-7)


def _without_memory(g: np.ndarray, m: np.ndarray, r: np.ndarray, t: int) -> np.ndarray:
    return _adam(g, 0.1 * g, 0.001 * g**2, t)


def _changes(
    start: list[np.ndarray],
    data: tuple[np.ndarray, np.ndarray],
    counts: list[int],
    rate: float,
    step: Callable = _adam,
    forget: int = 0,
) -> tuple[np.ndarray, ...]:
    """Return the changes of the parameters after steps on ``data``; ``counts`` are the t of Adam.

    Each step takes the whole of ``data``: the checker gives batches that are all alike. After each
    ``forget`` steps, Adam's memory is emptied.
    """
    now = [p.copy() for p in start]
    m, r = [0 * p for p in now], [0 * p for p in now]
    for number, t in enumerate(counts):
        if forget and number % forget == 0:
            m, r = [0 * p for p in now], [0 * p for p in now]
        for k, g in enumerate(_gradients(*data, now)):
            m[k] = 0.9 * m[k] + 0.1 * g
            r[k] = 0.999 * r[k] + 0.001 * g**2
            now[k] = now[k] - rate * step(g, m[k], r[k], t)
    return tuple(b - a for a, b in zip(start, now))


def exercise_5(answer: object) -> str:
    """A network trained in NumPy, by backpropagate and adam.

    The answer takes (x, y, sizes, epochs, batch_size, rate, rng) and returns weights and biases.
    """

    def train(x, y, sizes, *settings, seed=8):
        """Call the learner's function and return the parameters, weights and biases in turn."""
        try:
            result = call(answer, x, y, sizes, *settings, _rng(seed))
        except NotYet as hint:
            if "broadcast" in str(hint) and len(set(sizes)) > 1:
                raise NotYet(
                    f"{hint} If it was in `adam`: has every array of weights and of biases a "
                    "dictionary `state` of its own?"
                ) from hint
            raise
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise NotYet(f"Return two lists, `weights, biases`, not {describe(result)}.")
        parameters = []
        for name, arrays in zip(("weights", "biases"), result):
            if not isinstance(arrays, tuple | list) or len(arrays) != len(sizes) - 1:
                raise NotYet(
                    f"For sizes = {sizes}, `{name}` must be a list of {len(sizes) - 1} arrays, not "
                    f"{describe(arrays)}."
                )
        for i, (W, b) in enumerate(zip(*result)):
            if np.shape(b) == (sizes[i], sizes[i + 1]):
                raise NotYet(
                    f"`biases[{i}]` has become an array of the shape of the weights. Do both share "
                    "one `state` in `adam`? Each array needs its own."
                )
            parameters.append(numbers(W, (sizes[i], sizes[i + 1]), f"`weights[{i}]`"))
            parameters.append(numbers(b, (sizes[i + 1],), f"`biases[{i}]`"))
        return parameters

    rng = np.random.default_rng(80)
    settings = [(0.01, 8), (0.01, 8), (0.01, 9), (0.5, 8)]
    first, again, other, faster = (
        train(np.ones((4, 400)), np.arange(4), [400, 128, 64, 10], 0, 4, epsilon, seed=number)
        for epsilon, number in settings
    )
    always_equal = first[0].std() > 0 and np.array_equal(first[0], other[0])
    if not all(map(np.array_equal, first, again)) or always_equal:
        raise NotYet("Draw the weights from the `rng` that the function is given.")
    if not all(map(np.array_equal, first, faster)):
        raise NotYet(
            "With `epochs=0` the weights depend on the learning rate, so a step has been taken. "
            "How often does your loop over the epochs run?"
        )
    _judge_start(first)

    sizes, rate = [5, 5, 5, 3], 0.01
    same = np.tile(rng.uniform(size=(1, 5)), (10, 1)), np.full(10, 2)
    several = rng.normal(size=(12, 5)), np.arange(12) % 3
    # Weights before training, data, epochs, batch size, batches in an epoch. Batches of the same
    # data are all alike in whatever order.
    cases, found = [], []
    several_times = ((same, 1, 10, 1), (several, 4, 12, 1), (same, 2, 4, 3), (same, 3, 5, 2))
    several_times += ((same, 2, 3, 4),)  # the last batch is a single example
    for data, epochs, size, batches in several_times:
        start, end = (train(*data, sizes, k, size, rate) for k in (0, epochs))
        cases.append((start, data, epochs, size, batches))
        found.append(tuple(b - a for a, b in zip(start, end)))

    def steps(counts, step=_adam):
        """Make a function that trains as ``counts(epochs, batches, whole)`` says."""

        def changes(start, data, epochs, size, batches):
            whole = len(data[1]) // size
            return _changes(start, data, counts(epochs, batches, whole), rate, step)

        return changes

    def forgetful(start, data, epochs, size, batches):
        counts = right(epochs, batches, None)
        return _changes(start, data, counts, rate, forget=batches)

    def single(start, data, epochs, size, batches):
        batches -= len(data[1]) % size == 1
        return _changes(start, data, right(epochs, batches, None), rate)

    def right(epochs, batches, whole):
        return list(range(1, epochs * batches + 1))

    mistakes = {
        "There are NaN or infinite weights. If t begins at 0, Adam divides by 1 - 0.9**0 = 0: the "
        "first step is t = 1.": (
            When(lambda changes, *case: not all(np.isfinite(part).all() for part in changes))
        ),
        "The sign is wrong: the loss rises with each step.": steps(
            right, lambda *state: -_adam(*state)
        ),
        "This is plain gradient descent. Use `adam`.": steps(right, lambda g, m, r, t: g),
        "Adam's t is 1 in every step. It must count the steps, over all epochs.": steps(
            lambda epochs, batches, whole: [1] * (epochs * batches)
        ),
        "Adam's t counts the epochs. It must count the steps: one for each batch.": steps(
            lambda epochs, batches, whole: [e for e in range(1, epochs + 1) for _ in range(batches)]
        ),
        "Adam's t begins anew in each epoch. It must count the steps over all epochs.": steps(
            lambda epochs, batches, whole: list(range(1, batches + 1)) * epochs
        ),
        "The last batch of an epoch is left out when it is smaller than the others.": steps(
            lambda epochs, batches, whole: list(range(1, epochs * whole + 1))
        ),
        "The last batch of an epoch is left out when it is a single example.": single,
        "Each epoch takes one step only. Take one for each batch.": steps(
            lambda epochs, batches, whole: list(range(1, epochs + 1))
        ),
        "Adam's memory is emptied in each epoch. Make the `state` of each array before the first "
        "one.": forgetful,
        "The weights never change. Is `adam` called, and is what it returns stored?": steps(
            lambda epochs, batches, whole: []
        ),
        "Adam's memory is empty in each step. Keep one `state` for each array, made before the "
        "first step.": steps(right, _without_memory),
        "The biases never change: they need a step of Adam as well.": (
            When(lambda changes, *case: not any(part.any() for part in changes[1::2]))
        ),
        f"With sizes={sizes}, the weights are not those that Adam reaches. Are the hidden layers "
        "ReLU, has each array a `state` of its own, does t count the steps, and do images and "
        "labels stay together?": When(lambda changes, *case: True),
    }
    results = iter(found)
    judge(lambda *case: next(results), steps(right), cases, mistakes, rtol=1e-3)
    _judge_batches(train)
    _judge_digits(train)
    name = changed(
        answer, x=several[0], y=several[1], sizes=sizes, epochs=1, size=5, rate=rate, rng=_rng(8)
    )
    if name:
        raise NotYet(
            f"Your function changes `{name}` itself: whoever called it finds the examples in "
            "another order afterwards. Leave it as it is and index it with the order."
        )
    return (
        "Initialisation, shuffled batches, gradient, update: this is all that `fit` does, and you "
        "have written it."
    )


def _judge_start(parameters: list[np.ndarray]) -> None:
    """Raise NotYet if weights before training do not have He's variance, or biases are not 0."""
    for i, W in enumerate(parameters[::2]):
        n_in, sd = len(W), W.std()
        he = (2 / n_in) ** 0.5
        if sd == 0:
            raise NotYet(
                "Before training, all weights of a layer are equal. Then all its units learn the "
                "same: draw the weights at random."
            )
        if np.isclose(sd, he, rtol=0.1):
            if abs(W.mean()) > 0.1 * he:
                raise NotYet("The random weights must have mean 0.")
            continue
        if np.isclose(sd, 2 / n_in, rtol=0.1):
            raise NotYet(
                "2 / n_in is He's *variance*. `rng.normal` wants the standard deviation, its root."
            )
        if np.isclose(sd, (2 / W.shape[1]) ** 0.5, rtol=0.1):
            raise NotYet("He's variance is 2 / n_in. You divide by the number of outputs.")
        raise NotYet(
            f"Before training, the standard deviation of `weights[{i}]`, with {n_in} inputs, is "
            f"{sd:.3g}. By He it is {he:.3g}."
        )
    if any(b.any() for b in parameters[1::2]):
        raise NotYet("The biases must begin at 0.")


def _judge_batches(train: Callable) -> None:
    """Raise NotYet if not each epoch draws a new order of all examples from `rng`.

    Of input i only example i is not 0, so the weights of input i begin to move in the first step
    with this example. How far they come tells which steps took it: the size of a gradient cancels
    in Adam, and the rate is too small to change the gradients.
    """
    count, size, rate = 18, 6, 1e-5
    labels = np.zeros(count, dtype=int)  # all alike: here the labels do not matter
    # How far one step of the first epoch, 1 to 3, and one of the second, 4 to 6, move a weight.
    first, second = np.repeat([1, 2, 3], 3), np.tile([4, 5, 6], 3)
    m = r = moves = np.zeros(9)
    for t in range(1, 7):
        g = (first == t) + (second == t)
        m, r = 0.9 * m + 0.1 * g, 0.999 * r + 0.001 * g
        moves = moves + _adam(g, m, r, t)

    def batches(seed):
        """Return the examples of each batch: two epochs, each a set of batches."""
        start, end = (
            train(np.eye(count), labels, [count, 32, 3], epochs, size, rate, seed=seed)[0]
            for epochs in (0, 2)
        )
        moved = np.abs(end - start).max(axis=1) / rate
        if np.allclose(moved, 6, rtol=0, atol=0.05):
            raise NotYet(
                "You train with all examples in each step: give `backpropagate` one batch."
            )
        nearest = np.abs(moved[:, None] - moves).argmin(axis=1)
        sets = [
            [frozenset(np.flatnonzero(steps[nearest] == t).tolist()) for t in set(steps)]
            for steps in (first, second)
        ]
        certain = np.allclose(moved, moves[nearest], rtol=0, atol=0.05)
        if not certain or any(len(batch) != size for epoch in sets for batch in epoch):
            raise NotYet(
                "In an epoch, each example must take part once. Draw one order of all examples, "
                "and cut it into batches."
            )
        return [set(epoch) for epoch in sets]

    found = batches(8)
    if {frozenset(range(k, k + size)) for k in range(0, count, size)} in found:
        raise NotYet(
            "The batches follow the order of `x`. Draw a new order with `rng` in each epoch, and "
            "take the batches from it."
        )
    if found[0] == found[1]:
        raise NotYet(
            "The batches are the same in each epoch: draw a new order with `rng` at the beginning "
            "of each."
        )
    if batches(8) != found or batches(9) == found:
        raise NotYet("Shuffle with the `rng` that the function is given.")


def _judge_digits(train: Callable) -> None:
    """Raise NotYet if training in small batches does not lead to a network that reads digits."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x / 16
    parameters = train(x[:1000], y[:1000], [64, 32, 16, 10], 5, 32, 0.005)
    h = x[1000:]
    for i in range(3):
        h = h @ parameters[2 * i] + parameters[2 * i + 1]
        h = np.maximum(h, 0) if i < 2 else h
    accuracy = np.mean(h.argmax(axis=1) == y[1000:])
    if accuracy < 0.8:
        raise NotYet(
            "The steps are right, but trained in batches of 32 the network reads only "
            f"{accuracy:.0%} of new digits. Do the labels stay with their images in every batch?"
        )
