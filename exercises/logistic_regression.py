"""The checkers of notebook 02, logistic regression."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np

from exercises.judging import (
    SHAPES_DIFFER,
    NotYet,
    When,
    call,
    difference,
    expect,
    judge,
    numbers,
    softmax,
)


def _costs(z: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each example, exact for any logits, shape (n,)."""
    top = z.max(axis=-1)
    return np.log(np.exp(z - top[:, None]).sum(axis=-1)) + top - z[np.arange(len(z)), labels]


def _once(answer: object) -> object:
    """Return the learner's function so that it runs once for each case: what it gave is kept."""
    if not callable(answer):
        call(answer)  # says so
    kept = {}

    @functools.wraps(answer)
    def remembering(*arguments):
        key = tuple((np.shape(a), np.asarray(a).tobytes()) for a in arguments)
        if key not in kept:
            kept[key] = answer(*arguments)
        return kept[key]

    return remembering


_ROWS = (
    "`p[labels]` takes *rows*. From row i take column `labels[i]`: "
    "`p[np.arange(len(labels)), labels]`."
)


def _judge_labels(
    answer: object,
    right: Callable[..., object],
    cases: list[tuple],
    mistakes: dict[str, Callable[..., object]],
    complete: Callable[[int], tuple],
    columns: str,
    rtol: float = 1e-5,
) -> None:
    """Like `judge`, for functions of labels: an error has a hint on how they are used.

    ``complete`` makes a case of 12 examples in which all of the given number of classes occur. If
    only such a case raises no error, the one-hot labels have the wrong number of columns, or there
    are labels in the place of rows. ``columns`` is the code for the right number.
    """
    try:
        with np.errstate(all="ignore"):
            judge(answer, right, cases, mistakes, rtol)
    except NotYet as hint:
        text = str(hint)
        if "` raised IndexError" not in text and not text.endswith(SHAPES_DIFFER):
            raise
        for classes in (10, 3):
            try:
                call(answer, *complete(classes))
            except NotYet:
                continue
            # Ten columns are enough everywhere here, so no one-hot label is out of bounds.
            if classes == 10 and "IndexError" in text:
                raise NotYet(f"{text} {_ROWS}") from None
            raise NotYet(
                f"{text.removesuffix(SHAPES_DIFFER)} One-hot labels need K columns, "
                f"`{columns}`; not every class needs to occur."
            ) from None
        raise


def exercise_1(answer: object) -> str:
    """A cut of 0.1 (missed, alarms), the best cut for costs 19 to 1, 0.9 after halving z."""
    missed, alarms, cut, halved = answer
    hint = (
        "a missed tumour is a malignant one without an alarm. With the lower cut, which ones get "
        "an alarm that had none?"
    )
    expect("missed", missed, "fewer", likely={hint: "more"})
    hint = "among the tumours between the two cuts, which now get an alarm, are benign ones, too."
    expect("alarms", alarms, "more", likely={hint: "fewer"})
    likely = {
        "an alarm does harm only if the tumour is benign, with the probability 1 - p. Compare 19 p "
        "with 1 - p, not with 1.": 1 / 19,
        "this is the probability of *benign* there. The alarm depends on that of malignant.": 0.95,
        "at 0.5, both mistakes would have to be equally bad.": 0.5,
        "a missed tumour is the worse mistake, so the cut must be low.": 18 / 19,
        "it is a probability, a number from 0 to 1.": lambda cut: not 0 <= cut <= 1,
    }
    otherwise = (
        "for a tumour of probability p, silence costs 19 with probability p, and an alarm costs 1 "
        "with probability 1 - p. Where are the two expected costs equal?"
    )
    expect("cut", cut, 1 / (1 + 19), otherwise, likely, atol=1e-3)

    def p(z):
        return 1 / (1 + np.exp(-z))

    likely = {
        "it is z that is halved, not the probability. A probability of 0.45 would even change the "
        "class: can z change its sign?": 0.45,
        "the class stays, since z keeps its sign. But z is now nearer to 0.": 0.9,
        "these are the odds. Turn them into a probability.": 3,
        "these are half of the odds. Which quantity is halved?": 4.5,
        "you halve the odds. It is the log-odds z that are halved.": 4.5 / 5.5,
        "this is the probability of benign.": 0.25,
        "you put a probability into the logistic function. Its argument is z.": {p(0.45), p(0.9)},
        "you halve the distance to 0.5. The logistic function is no straight line: go by way of "
        "the log-odds.": 0.7,
    }
    otherwise = "from 0.9 to the odds, from the odds to the log-odds z; halve z, and go back."
    expect("halved", halved, p(np.log(0.9 / 0.1) / 2), otherwise, likely, atol=5e-3)
    return (
        "The model gives a probability, and what a mistake costs decides where to cut. That is no "
        "property of the model, so it can be chosen after training."
    )


def exercise_2(answer: object) -> str:
    """Softmax of each row and the mean cross-entropy, exact for logits of any size."""

    def right(z, labels):
        return softmax(z), np.mean(_costs(z, labels))

    def quotient(exponentials):
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def chosen(z, labels):
        return z[np.arange(len(z)), labels]

    def by_logarithm(z, labels):
        return -np.mean(np.log(chosen(softmax(z), labels)))

    def limited(found, z, labels):
        """Tell whether the probabilities are right, and the cost, too, except where it is large."""
        p, cost = right(z, labels)
        small = cost > 10 or abs(found[1] - cost) < 1e-3
        return difference(found[0], p) is None and small and found[1] <= cost * (1 + 1e-5)

    def p(mistake):
        return lambda z, labels: (mistake(z), None)

    def cost(mistake):
        return lambda z, labels: (None, mistake(z, labels))

    mistakes = {
        "The probabilities overflow: np.exp of a large logit is infinite, and infinite / infinite "
        "is NaN. Use that a number added to all logits changes nothing.": p(
            lambda z: quotient(np.exp(z))
        ),
        "You subtract the largest logit of the *whole array*. For an example whose logits are all "
        "far below it nothing is left but 0 / 0: subtract the maximum of each row.": p(
            lambda z: quotient(np.exp(z - z.max()))
        ),
        "You subtract the maximum of each *column*. Subtract that of each row, `axis=1`, with "
        "`keepdims=True`.": p(lambda z: quotient(np.exp(z - z.max(axis=0)))),
        "You add the largest logit. Subtract it, so that the largest exponent is 0.": p(
            lambda z: quotient(np.exp(z + z.max(axis=1, keepdims=True)))
        ),
        "You subtract the mean of a row. A logit far above the mean still overflows.": p(
            lambda z: quotient(np.exp(z - z.mean(axis=1, keepdims=True)))
        ),
        "You divide each row by its maximum. Softmax depends on differences, so subtract.": p(
            lambda z: quotient(np.exp(z / z.max(axis=1, keepdims=True)))
        ),
        "You limit the logits. Then very different logits become equal; nothing needs to be cut "
        "off if you subtract the maximum of each row.": p(
            lambda z: quotient(np.exp(np.clip(z, -500, 500)))
        ),
        "You subtract the maximum above the fraction line only. The same must be done below it, or "
        "the fraction changes.": p(
            lambda z: (
                np.exp(z - z.max(axis=1, keepdims=True)) / np.exp(z).sum(axis=1, keepdims=True)
            )
        ),
        "The axis is wrong: each *column* of your probabilities sums to 1. The classes stand side "
        "by side in a row, `axis=1`.": p(lambda z: softmax(z.T).T),
        "All probabilities together sum to 1. Each row must: sum over `axis=1` only, with "
        "`keepdims=True`.": p(
            lambda z: (
                np.exp(z - z.max(axis=1, keepdims=True))
                / np.exp(z - z.max(axis=1, keepdims=True)).sum()
            )
        ),
        "The sign of the cost is wrong: the logarithm of a probability is negative, a cost is "
        "not.": cost(lambda z, labels: -right(z, labels)[1]),
        "The cost is a sum over the examples. Take their mean.": cost(
            lambda z, labels: np.sum(_costs(z, labels))
        ),
        "You divide by the number of all logits, n K. The mean is over the n examples.": cost(
            lambda z, labels: np.sum(_costs(z, labels)) / z.size
        ),
        "The cost must be one number, the mean over the examples.": cost(_costs),
        "`p[:, labels]` takes all these columns of *every* row. Each row has one label: "
        "`p[np.arange(len(labels)), labels]`.": cost(
            lambda z, labels: -np.mean(np.log(softmax(z)[:, labels]))
        ),
        "In the cost, `[:, labels]` takes all these columns of *every* row. Each row has one "
        "label: `[np.arange(len(labels)), labels]`.": cost(
            lambda z, labels: np.mean(
                z.max(axis=1, keepdims=True)
                - z[:, labels]
                + np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
            )
        ),
        "The probabilities are right. The cost is infinite where the probability is so small that "
        "it is stored as 0: no road leads back from there, so compute the cost from the logits.": (
            cost(by_logarithm)
        ),
        "The probabilities are right. In the cost, 0 times the logarithm of 0 is NaN: compute it "
        "from the logits.": cost(
            lambda z, labels: (
                -np.mean((np.eye(z.shape[1])[labels] * np.log(softmax(z))).sum(axis=1))
            )
        ),
        "The probabilities are right. The maximum that you took out of the sum must be added to "
        "the logarithm again.": cost(lambda z, labels: np.mean(_costs(z, labels) - z.max(axis=1))),
        "The probabilities are right. The cost overflows: take the maximum out of the sum of "
        "exponentials, too.": cost(
            lambda z, labels: np.mean(np.log(np.exp(z).sum(axis=1)) - chosen(z, labels))
        ),
        "The probabilities are right. In the cost, you subtract the largest logit of the *whole "
        "array*. Take the maximum of each row there, too.": cost(
            lambda z, labels: np.mean(
                np.log(np.exp(z - z.max()).sum(axis=1)) + z.max() - chosen(z, labels)
            )
        ),
        "The cost lacks the logit of the true class: -log ŷ is log of the sum, *minus z* of that "
        "class.": cost(lambda z, labels: np.mean(_costs(z, labels) + chosen(z, labels))),
        "The probabilities are right. The cost has a limit, since probabilities near 0 are "
        "replaced by a small number. It hides how wrong the model is: compute it from the "
        "logits.": When(limited),
    }
    rng = np.random.default_rng(2)
    cases = [(np.array([[2.0, 1.0, 0.0]]), np.array([0])), (np.zeros((2, 3)), np.array([2, 0]))]
    for n, classes, scale, shift in (
        (4, 3, 1, 0),
        (5, 10, 3, 0),
        (3, 2, 1, 1000),
        (3, 4, 1, -1000),
        (6, 5, 1000, 0),
        (2, 3, 1e5, 0),
    ):
        z = rng.normal(shift, scale, size=(n, classes))
        cases.append((z, rng.integers(classes, size=n)))
    levels = np.array([[-1e4], [0.0], [1e4]])  # each row is harmless, the whole is not
    cases.append((levels + rng.normal(size=(3, 4)), np.array([3, 1, 1])))

    def complete(classes):
        return rng.normal(size=(12, classes)), np.arange(12) % classes

    _judge_labels(answer, right, cases, mistakes, complete, "z.shape[1]")
    return (
        "In training, logits of any size occur, and one NaN spoils all weights for good. That is "
        "why Keras computes the cost from logits, too."
    )


def exercise_3(answer: object) -> str:
    """The gradient of a weighted mean of cross-entropies: X^T (s (ŷ - y)) / sum(s)."""

    def from_error(error_of, divisor=lambda s: s.sum()):
        def gradient(x, labels, s, W, b):
            error = error_of(softmax(x @ W + b), np.eye(len(b))[labels], s[:, None])
            return x.T @ error / divisor(s), error.sum(axis=0) / divisor(s)

        return gradient

    gradient = from_error(lambda y_hat, y, s: s * (y_hat - y))
    of_one = {
        "lacks the weights s: every term of the sum is multiplied by its s.": (
            from_error(lambda y_hat, y, s: y_hat - y, divisor=len)
        ),
        "is divided by the number of examples. The cost is divided by the sum of the weights s, "
        "and so is its gradient.": from_error(lambda y_hat, y, s: s * (y_hat - y), divisor=len),
        "is a sum over the examples. The cost is divided by the sum of the weights s, and so is "
        "its gradient.": from_error(lambda y_hat, y, s: s * (y_hat - y), divisor=lambda s: 1.0),
    }

    def only(k, mistake):
        """Make the mistake in one of the derivatives, whatever the other one is."""
        return lambda *case: tuple(d if j == k else None for j, d in enumerate(mistake(*case)))

    def with_softmax(softmax, offset=1.0):
        def mistake(x, labels, s, W, b):
            error = s[:, None] * (softmax(x @ W + offset * b) - np.eye(len(b))[labels])
            return x.T @ error / s.sum(), error.sum(axis=0) / s.sum()

        return mistake

    def misplaced(found, x, labels, s, W, b):
        """Tell whether s multiplies the inputs or the logits, whatever the sums are divided by."""
        column = s[:, None]
        for z in (column * x @ W + b, column * (x @ W + b)):
            plain = softmax(z) - np.eye(len(b))[labels]
            for inputs, error in itertools.product((x, column * x), (plain, column * plain)):
                for n in (len(x), s.sum()):
                    if difference(found, (inputs.T @ error / n, error.sum(axis=0) / n)) is None:
                        return True
        return False

    mistakes = {
        "The sign is wrong: what you return points downhill. The derivative with respect to z is "
        "ŷ - y.": lambda *case: tuple(-part for part in gradient(*case)),
        **{
            f"The derivative for {name} {text}": only(k, mistake)
            for k, name in enumerate("Wb")
            for text, mistake in of_one.items()
        },
        "The weights s multiply the whole error, ŷ - y. You multiply only ŷ: brackets are "
        "missing.": from_error(lambda y_hat, y, s: s * y_hat - y),
        "The weights s multiply the whole error, ŷ - y. You multiply only y: brackets are "
        "missing.": from_error(lambda y_hat, y, s: y_hat - s * y),
        "There is a factor ŷ (1 - ŷ) left. In the cross-entropy, the logarithm cancels it.": (
            from_error(lambda y_hat, y, s: s * (y_hat - y) * y_hat * (1 - y_hat))
        ),
        "Only the logit of the true class has a derivative in yours. The others are part of "
        "softmax, too, in its denominator.": from_error(lambda y_hat, y, s: -s * y * (1 - y_hat)),
        "This is the derivative with respect to ŷ. The derivative of softmax, from ŷ to z, is "
        "missing.": from_error(lambda y_hat, y, s: -s * y / y_hat),
        "You subtract the label as if it were a number. It is the name of a class: make it "
        "one-hot first.": lambda x, labels, s, W, b: (
            x.T @ (s[:, None] * (softmax(x @ W + b) - labels[:, None])) / s.sum(),
            np.sum(s[:, None] * (softmax(x @ W + b) - labels[:, None]), axis=0) / s.sum(),
        ),
        "s belongs to the cost, not to x or z: it multiplies the error, and nothing else.": When(
            misplaced
        ),
        "Your logits lack the bias: z = x W + b.": with_softmax(softmax, offset=0.0),
        "The axis of your softmax is wrong: the classes of an example stand in a row.": (
            with_softmax(lambda z: softmax(z.T).T)
        ),
        "With large logits your softmax overflows. Take the safe one of the notebook.": (
            with_softmax(lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))
        ),
    }
    rng = np.random.default_rng(3)
    cases = [
        (
            np.array([[1.0, 2.0], [3.0, 0.0]]),
            np.array([0, 1]),
            np.array([1.0, 3.0]),
            np.zeros((2, 3)),
            np.zeros(3),
        )
    ]
    for n, d, classes, scale in ((1, 3, 2, 1), (4, 4, 4, 1), (30, 2, 5, 1), (20, 6, 3, 500)):
        x, labels = rng.normal(size=(n, d)), rng.integers(classes, size=n)
        W, b = rng.normal(0, scale, size=(d, classes)), rng.normal(size=classes)
        cases.append((x, labels, rng.uniform(0.2, 5, size=n), W, b))
    x, labels = rng.normal(size=(9, 3)), rng.integers(3, size=9)  # class 3 of 0 to 3 is absent
    cases.append(
        (x, labels, rng.uniform(0, 2, size=9), rng.normal(size=(3, 4)), rng.normal(size=4))
    )

    def complete(classes):
        W, b = rng.normal(size=(2, classes)), rng.normal(size=classes)
        return rng.normal(size=(12, 2)), np.arange(12) % classes, rng.uniform(0.2, 5, 12), W, b

    _judge_labels(answer, gradient, cases, mistakes, complete, "W.shape[1]")
    return (
        "Error times input, times what the example counts: so a model learns to miss fewer of the "
        "rare or the dangerous cases. Keras calls the same `sample_weight` and `class_weight`."
    )


def exercise_4(answer: object) -> str:
    """Exclusive or: W, b and the cost at the minimum, the most right, weights with x1 x2."""
    weights, bias, cost, most, way_out, way_out_bias = answer
    weights = numbers(weights, (2,), "`weights`")
    bias = numbers(bias, what="`bias`")
    if not np.isfinite([*weights, bias]).all():
        raise NotYet("`weights`, `bias`: descent ends at finite numbers.")
    way_out = numbers(way_out, (3,), "`way_out`")
    way_out_bias = numbers(way_out_bias, what="`way_out_bias`")
    points = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = np.array([0, 1, 1, 0])
    if np.abs([*weights, bias]).max() > 0.01:
        z = np.column_stack([np.zeros(4), points @ weights + bias])
        y_hat = softmax(z)[:, 1]
        gradient = (y_hat - labels) @ np.column_stack([points, np.ones(4)]) / 4
        raise NotYet(
            f"`weights`, `bias`: with yours the mean cost is {np.mean(_costs(z, labels)):.3f}, and "
            f"the gradient is {np.round(gradient, 4)}, so descent goes on. Two opposite corners "
            "pull z up, the other two pull it down, equally hard. Which weights are left?"
        )
    likely = {
        "right so far. Give three decimals, or `np.log(...)`.": (
            lambda cost: abs(cost - np.log(2)) < 5e-3
        ),
        "this is the squared error of predicting one half. Take the cross-entropy.": 0.25,
        "this is the probability that each point gets. What does it cost?": 0.5,
        "the logarithm is the natural one.": np.log10(2),
        "the logarithm is the natural one, not that to the base 2.": 1,
        "this is the sum. Take the mean over the four points.": 4 * np.log(2),
        "the sign is wrong: a cost is not negative.": -np.log(2),
        "a cost of 0 would mean that all four are right and the model sure of them.": 0,
    }
    otherwise = (
        "put weights and bias into the model. Which probability does each point get, and what does "
        "that cost? Give at least 3 decimals."
    )
    expect("cost", cost, np.log(2), otherwise, likely, atol=2e-3)
    hint = (
        "then a line would have (0, 1) and (1, 0) on one side, and so the point in the middle "
        "between them, too. Which other two points have the same middle?"
    )
    expect("most", most, 3, "draw the four points, and cut off a single corner.", {hint: 4})
    if not np.isfinite([*way_out, way_out_bias]).all():
        raise NotYet("`way_out`: take finite numbers. A sum of infinite ones may be no number.")
    z = np.column_stack([points, points.prod(axis=1)]) @ way_out + way_out_bias
    p = np.where(labels == 1, 1, -1) * z
    if (p < np.log(99) - 1e-9).any():
        k = int(np.argmin(p))
        given = 1 / (1 + np.exp(-np.clip(z[k], -500, 500)))
        text = (
            f"`way_out`: the point ({points[k, 0]:g}, {points[k, 1]:g}) gets the probability "
            f"{given:.3f} for class 1, and its label is {labels[k]}."
        )
        if (p > 0).all():
            text += " All four are right, but not sure enough: which weights make z larger?"
        else:
            text += " Begin with (0, 0), where only the bias counts; then (0, 1) and (1, 0)."
        raise NotYet(text)
    return (
        "No start helps if the hypothesis cannot bend, but one good feature does. A hidden layer "
        "finds such features by itself: that is notebook 03."
    )


def exercise_5(answer: object) -> str:
    """The temperature with the lowest cross-entropy."""
    answer = _once(answer)

    def temperature(z, labels, chosen=lambda z, labels: z[np.arange(len(z)), labels]):
        low, high = np.log(0.01), np.log(100.0)
        for _ in range(60):  # the cost is convex in 1 / T: halve the interval by its slope
            middle = (low + high) / 2
            expected = np.sum(softmax(np.exp(middle) * z) * z, axis=1)
            slope = np.mean(expected) - np.mean(chosen(z, labels))
            low, high = (low, middle) if slope > 0 else (middle, high)
        return float(np.exp(-middle))

    def lowest_cost(z, labels):
        return np.mean(_costs(z / temperature(z, labels), labels))

    def all_columns(found, z, labels):
        """Tell whether found is best for all of ``z[:, labels]``, at the end of a list or not."""
        best = temperature(z, labels, lambda z, labels: z[:, labels])
        return abs(np.log(min(found, 10) / min(best, 10))) < 0.03

    def ends(found, z, labels):
        """Tell whether all results are right, or at an end of the range that they lie in."""
        low, high = (end([call(answer, *case) for case in cases]) for end in (min, max))
        return abs(np.log(found / np.clip(temperature(z, labels), low, high))) < 0.03

    def near(found, z, labels):
        return abs(np.log(found / temperature(z, labels))) < 0.3

    rng = np.random.default_rng(5)
    cases = [(np.array([[2.0, 0.0]] * 4), np.array([0, 0, 0, 1]))]
    for n, classes, factor in ((60, 10, 3.0), (40, 3, 0.2), (60, 2, 1.0), (60, 5, 7.0)):
        z = rng.normal(0, 2, size=(n, classes))
        drawn = np.argmax(
            z + rng.gumbel(size=z.shape), axis=1
        )  # labels with probability softmax(z)
        cases.append((z * factor, drawn))
    mistakes = {
        "This is 1 / T: divide the logits by T, do not multiply them.": (
            lambda *case: 1 / temperature(*case)
        ),
        "This is the lowest cost. Return the temperature at which it is reached.": lowest_cost,
        "The largest T seems best for all data, so your cost is not that of the true class. "
        + _ROWS: When(lambda found, *case: found >= 10 - 1e-9 and found == call(answer, *cases[0])),
        "`p[:, labels]` takes all these columns of *every* row. Each row has one label: "
        "`p[np.arange(len(labels)), labels]`.": When(all_columns),
        "The answer is the same for all data. Look at the list of your costs. Is one of them NaN? "
        "Is it the cost of the true class? Does it depend on T as it should? The accuracy does not "
        "depend on T at all, and it is the logits that are divided, not the probabilities.": When(
            lambda found, *case: np.isclose(found, call(answer, *cases[0]))
        ),
        "You search from 1 upwards only. A model can also be not sure enough.": (
            lambda *case: max(1.0, temperature(*case))
        ),
        "You search up to 1 only. A model can also be too sure.": (
            lambda *case: min(1.0, temperature(*case))
        ),
        "This is the position in your list of temperatures, or something else that counts. Return "
        "the temperature itself.": When(
            lambda found, *case: found > 10 and float(found).is_integer()
        ),
        "Your search does not reach far enough: the best T lies between 0.1 and 10.": When(ends),
        "All your temperatures are whole. T need not be whole, and it can be below 1.": When(
            lambda found, *case: float(found).is_integer()
        ),
        "Nearly, but not to 2 %. Do your temperatures reach from 0.1 to 10, and are they close "
        "enough together, the small ones, too? `np.geomspace` gives equal ratios. Or is it "
        "another cost? It must be the mean cross-entropy. Or has your search not arrived?": When(
            near
        ),
    }

    def complete(classes):
        return rng.normal(size=(12, classes)), np.arange(12) % classes

    _judge_labels(answer, temperature, cases, mistakes, complete, "z.shape[1]", rtol=0.02)
    return (
        "One number, found on validation data, repairs much of a model's false confidence, or lack "
        "of it, and no prediction changes its class."
    )


def exercise_6(answer: object) -> str:
    """A repaired training loop. Each bug is looked for with data on which it cannot hide."""
    rng = np.random.default_rng(6)

    def images(labels, noise=20):
        """Draw one image of 3 x 4 pixels for each label: pixel number k is bright for digit k."""
        pixels = rng.integers(0, noise + 1, size=(len(labels), 12))
        pixels[np.arange(len(labels)), labels] = 255 - noise
        return pixels.reshape(-1, 3, 4).astype("uint8")

    def train(train, val, test, **settings):
        what = f"A call with {len(train[1])} training and {len(test[1])} test images:"
        data = (*train, *val, *test)

        @functools.wraps(answer)
        def loop(*data):
            return answer(*data, **settings)

        p = numbers(call(loop, *data), (len(test[1]), 10), f"{what} the result")
        if not np.isfinite(p).all():
            raise NotYet(f"{what} there are probabilities that are no numbers (NaN).")
        if np.abs(p.sum(axis=1) - 1).max() > 1e-3:
            raise NotYet(f"{what} the rows of the result do not sum to 1. Return probabilities.")
        return p

    if not callable(answer):
        raise NotYet("The answer must be the function `train`.")

    # White images of one digit, a single step: no logit can be far from 0, if pixels are at most 1.
    white = np.full((32, 2, 2), 255, "uint8"), np.full(32, 3)
    p = train(white, white, white, num_epochs=1, learning_rate=1e-4)
    if p.max() > 0.9:
        raise NotYet(
            "Scaling: after a single step with a learning rate of 0.0001 the model is already "
            "sure. So numbers up to 255 reach the weights: are all three parts brought to 0 to 1?"
        )
    if np.ptp(p) < 1e-9:
        raise NotYet(
            "After one step the probabilities are still all equal. Are W and b renewed, and are "
            "those of the last epoch among the ones that are compared?"
        )

    # A larger step is still a small one, unless the test images alone are not scaled.
    if train(white, white, white, num_epochs=1, learning_rate=0.01).max() > 0.9:
        raise NotYet("Scaling: are the *test* images brought to 0 to 1, too?")

    # Grey images: between black and white, the logits grow with the pixels.
    grey = np.full((32, 2, 2), 200, "uint8"), np.full(32, 3)
    levels = np.array([0, 60, 128, 200], "uint8")
    shown = np.broadcast_to(levels[:, None, None], (4, 2, 2)), np.full(4, 3)
    if np.diff(train(grey, grey, shown, num_epochs=1, learning_rate=0.1)[:, 3]).min() < 1e-6:
        raise NotYet(
            "Scaling: images of different greys get the same probabilities. The pixels must be "
            "divided by 255 with their fractions: `/`, not `//`, and no type for whole numbers."
        )

    # Equal images of one label: each step is the same, whatever the order, so they can be counted.
    many = np.full((1025, 2, 2), 255, "uint8"), np.full(1025, 3)
    p = train(many, white, white, num_epochs=1, learning_rate=0.002)[0, 3]
    counts = {
        _steps_of_white(p, 0.002, *bugs) for bugs in itertools.product((True, False), repeat=2)
    }
    counts -= {None}
    if counts and 33 not in counts:
        k = min(counts)
        hint = ""
        if k == 1:
            hint = (
                " Is the update inside of the loop over the batches, does this loop go on to its "
                "end, and are the parameters compared with the best only after it?"
            )
        elif k == 32:
            hint = " Is the last image left out?"
        raise NotYet(
            f"Batches: after one epoch of 1025 equal images, your result is that of {k} "
            f"step{'s' * (k > 1)}. Batches of 32 images, and a last one of one image, make 33."
            f"{hint}"
        )

    # Ten clear patterns.
    clear = [(images(labels), labels) for labels in rng.integers(10, size=(3, 640))]
    learned = train(*clear, num_epochs=5, learning_rate=0.5)
    if np.mean(learned.argmax(axis=1) == clear[2][1]) < 0.6:
        raise NotYet(
            "Labels: ten clear patterns are not learned at all. Does each image still have its "
            "own label after the shuffle?"
        )

    # Equal images, of which 80 % have the label 0 and 20 % the label 1.
    labels = np.repeat([0, 1], [3200, 800])
    equal = images(np.zeros(len(labels), int), noise=0), rng.permutation(labels)
    few = tuple(part[:10] for part in equal)
    p = train(equal, few, few, num_epochs=1, learning_rate=0.16)[0, 0]
    known = (
        f"of equal images, 80 % have the label 0, and the model gives it the probability {p:.2f}."
    )
    if p > 0.97:
        raise NotYet(
            f"Softmax: {known} With two softmax, one after the other, no probability can rise "
            "above 0.23, so training pushes on without end. Where is the second one?"
        )
    if p < 0.25:
        raise NotYet(
            f"Softmax, or the step: {known} Is softmax applied twice to the result, so that "
            "nothing can rise above 0.23? Or are the steps too small, the gradient divided twice?"
        )

    # Black images: only a bias can know that they are mostly nines.
    labels = np.repeat([9, 4, 2], [400, 160, 80])
    dark = rng.permutation(labels)
    dark = np.zeros((len(dark), 3, 4), "uint8"), dark
    if np.ptp(train(dark, dark, dark, num_epochs=2, learning_rate=0.2)[0]) < 1e-6:
        raise NotYet(
            "Bias: for a black image z = x W is 0, so all ten digits get the same probability, "
            "however often it was a nine. Is there a `b` wherever z is computed, and is the best "
            "one kept together with the best W?"
        )

    # A harder task, then the same with absurd labels of the test images: nothing may change.
    rng = np.random.default_rng(0)  # whatever was drawn above: some tasks are too easy to tell
    labels = rng.integers(10, size=(3, 960))
    hard = [
        (images(shown, noise=110), np.where(rng.random(960) < 0.3, 0, shown)) for shown in labels
    ]
    absurd = hard[2][0], np.full(960, -1)

    def on_hard_task(test):  # with a large learning rate, the best epoch is rarely the last one
        return train(*hard[:2], test, num_epochs=25, learning_rate=2.0)

    first, other = on_hard_task(hard[2]), on_hard_task(absurd)
    nothing_learned = np.ptp(other) < 1e-9 < np.ptp(first)  # -1 is never right, so no epoch is best
    changed = not np.array_equal(first, other) and np.array_equal(first, on_hard_task(hard[2]))
    if nothing_learned or changed:
        raise NotYet(
            "Test set: with other labels of the *test* images, the result is another. They must "
            "not take part in any choice: which images choose the epoch?"
        )

    # Sevens are black, ones are not. Black validation images have the label 1: the first epochs,
    # which know only that ones are more frequent, are the best, and their bias says one.
    labels = rng.permutation(np.repeat([1, 7], [200, 120]))
    bright = np.zeros((320, 3, 4), "uint8")
    bright[labels == 1] = 255
    black = bright[labels == 7][:50]
    p = train(
        (bright, labels),
        (black, np.full(50, 1)),
        (bright, labels),
        num_epochs=60,
        learning_rate=0.04,
    )
    late = p[labels == 7, 7] > p[labels == 7, 1], p[labels == 1, 1] > 0.95
    if max(map(np.mean, late)) > 0.5:  # the black ones show a late b, the bright ones a late W
        raise NotYet(
            "Best epoch: the weights or the bias are those of the last epoch. Return those of "
            "the epoch with the highest validation accuracy. (`W -= ...` changes the array itself, "
            "and with it the one that you kept; `W = W - ...` makes a new one.)"
        )

    # Ones are black, sevens are not. Dark grey validation images are ones, unless the pixels of
    # this part alone are 255 times too large.
    bright[labels == 1], bright[labels == 7] = 0, 255
    grey = np.full((50, 3, 4), 10, "uint8"), np.full(50, 1)
    if np.ptp(train((bright, labels), grey, grey, num_epochs=5, learning_rate=0.2)[0]) < 1e-9:
        raise NotYet("Scaling: are the validation images brought to 0 to 1, too?")

    # A single batch: its order does not matter, so the result must be exact. Only the labels 0 to 4
    # occur, so the bias changes, too.
    for n, rate in ((32, 0.5), (20, 0.5), (32, 0.02), (20, 0.02)):
        batch = images(np.arange(n) % 10), np.arange(n) % 10 // 2
        p = train(batch, batch, batch, num_epochs=1, learning_rate=rate)
        x, y = batch[0].reshape(n, -1) / 255, np.eye(10)[batch[1]]
        error = 0.1 - y
        dW, db = x.T @ error / n, error.mean(axis=0)
        later = softmax(x @ (-rate * dW)) - y
        if np.allclose(p, softmax(x @ (-rate * dW) - rate * db), rtol=0, atol=1e-5):
            continue
        uneven = "The last batch can be smaller than 32: divide by `len(x)`."
        for hint, W, b in (
            ("The step of b is a sum over the batch. Take the mean.", rate * dW, rate * n * db),
            ("The step of b does not use `learning_rate`.", rate * dW, 0.1 * db),
            ("The step of W does not use `learning_rate`.", 0.1 * dW, rate * db),
            (uneven, rate * dW * n / 32, rate * db),
            (uneven, rate * dW * n / 32, rate * db * n / 32),
            (
                "The gradient of b is computed with the W that this step has changed already. "
                "Compute both gradients first.",
                rate * dW,
                rate * later.mean(axis=0),
            ),
        ):
            if np.allclose(p, softmax(-x @ W - b), rtol=0, atol=1e-5):
                raise NotYet(f"None of the five bugs shows any more. {hint}")
        path = _path(batch, rate, num_epochs=12)
        for k, parameters in enumerate(path[2:], start=2):
            if np.allclose(p, softmax(_logits(batch[0], parameters)), rtol=0, atol=1e-5):
                raise NotYet(
                    "None of the five bugs shows any more. Yet with `num_epochs=1`, the result is "
                    f"that of {k} epochs."
                )
        raise NotYet(
            f"None of the five bugs shows any more. Yet a single step with {n} images and a "
            f"learning rate of {rate:g} is not the one of the docstring. Is it the learning rate "
            "times the mean over the batch, for W and for b? Do they start from zero?"
        )

    # With one batch in each epoch, the parameters of each epoch are known. The validation images
    # are chosen so that epoch 1 is good, the next ones are bad, and a later one is the best: one in
    # the middle, the last one, one that comes too late.
    draw = np.random.default_rng(0)
    batch = draw.integers(256, size=(24, 3, 4)).astype("uint8"), draw.integers(10, size=24)
    pool = draw.integers(256, size=(4000, 3, 4)).astype("uint8")
    path = _path(batch, learning_rate=4.0, num_epochs=40)
    z = np.stack([_logits(pool, W) for W in path])  # of each epoch, image, class
    margins = np.diff(np.sort(z[1:14], axis=2)[:, :, -2:], axis=2)
    clear = (margins > 0.01).all(axis=(0, 2))  # no rounding decides
    pool, said = pool[clear], z[:, clear].argmax(axis=2)
    for num_epochs, peak in ((12, 4), (12, 12), (6, 7)):
        early = np.flatnonzero((said[1] != said[2 : peak + 1]).all(axis=0))[:8]
        late = np.flatnonzero((said[peak] != said[1:peak]).all(axis=0))[:12]
        val = pool[[*early, *late]], np.array([*said[1, early], *said[peak, late]])
        p = train(batch, val, batch, num_epochs=num_epochs, learning_rate=4.0)
        results = [softmax(_logits(batch[0], W)) for W in path]
        like = [k for k, right in enumerate(results) if np.allclose(p, right, rtol=0, atol=1e-5)]
        accuracies = [np.mean(s[[*early, *late]] == val[1]) for s in said[1 : num_epochs + 1]]
        right = 1 + int(np.argmax(accuracies))
        if right not in like:
            listed = ", ".join(f"{accuracy:.0%}" for accuracy in accuracies)
            given = f"those after epoch {like[0]}" if like else "others"
            raise NotYet(
                f"Best epoch: in {num_epochs} epochs, the validation accuracy after each is "
                f"{listed}. The parameters after epoch {right} are asked for; yours are {given}. "
                "Does the loop go through all epochs, and is the best accuracy raised whenever "
                "parameters are kept?"
            )

    # After whole batches, one image is left over in each epoch. Its own pixel learns most from it.
    # Black validation images are sevens, which the model knows late, so many epochs count.
    labels = rng.permutation(np.repeat([1, 7], [401, 240]))
    own = np.zeros((641, 26, 26), "uint8")
    own.reshape(641, -1)[np.arange(641), np.arange(641)] = 255
    own.reshape(641, -1)[labels == 1, 641:645] = 255
    black = np.zeros((50, 26, 26), "uint8"), np.full(50, 7)
    p = train((own, labels), black, (own, labels), num_epochs=40, learning_rate=0.02)
    sevens = np.log(p[labels == 7, 7] / p[labels == 7, 1])
    ones = np.log(p[labels == 1, 1] / p[labels == 1, 7])
    last = sum(np.sum(z > np.median(z) + 0.1 * 0.02) for z in (sevens, ones))
    if last == 1:
        raise NotYet("Shuffle: the images come in the same order in every epoch.")

    # Equal images with two labels. An epoch has a batch of 32, after which 3 is somewhat likelier
    # than 5, and one of a single image. If that is a 3, the epoch ends with a sure 3.
    pair = np.full((33, 2, 2), 255, "uint8"), np.repeat([3, 5], [20, 13])
    for order in (rng.permutation(33) for _ in range(12)):
        shuffled = pair[0], pair[1][order]
        if train(shuffled, white, white, num_epochs=30, learning_rate=1.0)[0, 3] < 0.75:
            raise NotYet(
                "Best epoch: parameters from the middle of an epoch are kept. Compare the "
                "validation accuracy once in each epoch, after its last batch."
            )

    # On the harder task, the probabilities must be near those of a loop without bugs.
    p = train(*hard, num_epochs=8, learning_rate=0.3)
    right = _train(*hard, num_epochs=8, learning_rate=0.3)
    if np.abs(p - right).mean() > 0.05:
        costs = [-np.mean(np.log(q[np.arange(960), hard[2][1]] + 1e-30)) for q in (p, right)]
        raise NotYet(
            "None of the five bugs shows any more. Yet on noisy digits your loop ends at a mean "
            f"test cost of {costs[0]:.3f}, a right one at {costs[1]:.3f}. Compare with the "
            "docstring: pixels divided by 255, batches of 32, the mean over a batch, weights that "
            "start from zero."
        )
    return (
        "None of these bugs raises an error, and with most of them the loop still learns. So test "
        "a loop on data for which you know what must come out."
    )


def _steps_of_white(p: float, rate: float, bias: bool, twice: bool) -> int | None:
    """Return after how many steps white images of 2 x 2 pixels get the probability p, if after any.

    ``bias`` and ``twice`` tell whether the loop has a bias, and applies softmax twice.
    """
    z = np.zeros(10)
    for k in range(1, 1030):
        y_hat = softmax(softmax(z)) if twice else softmax(z)
        z = z - rate * (4 + bias) * (y_hat - np.eye(10)[3])
        if abs(softmax(z)[3] - p) < 2e-6:
            return k
    return None


def _logits(images: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return x W + b for images, the bias in the last row of W."""
    return images.reshape(len(images), -1) / 255 @ W[:-1] + W[-1]


def _path(train: tuple, learning_rate: float, num_epochs: int) -> list[np.ndarray]:
    """Return the parameters from the start to the last epoch, if all images are one batch."""
    x = np.column_stack([train[0].reshape(len(train[0]), -1) / 255, np.ones(len(train[0]))])
    y, path = np.eye(10)[train[1]], [np.zeros((x.shape[1], 10))]
    for _ in range(num_epochs):
        W = path[-1]
        path.append(W - learning_rate * x.T @ (softmax(x @ W) - y) / len(x))
    return path


def _train(train: tuple, val: tuple, test: tuple, num_epochs: int, learning_rate: float):
    """Return what the loop of exercise 6 returns without its bugs."""
    rng = np.random.default_rng(0)
    x_train, x_val, x_test = (
        np.column_stack([part[0].reshape(len(part[0]), -1) / 255, np.ones(len(part[0]))])
        for part in (train, val, test)
    )
    W, best_accuracy, best = np.zeros((x_train.shape[1], 10)), -1.0, None
    for _ in range(num_epochs):
        order = rng.permutation(len(x_train))
        for k in range(0, len(order), 32):
            x, y = x_train[order[k : k + 32]], np.eye(10)[train[1][order[k : k + 32]]]
            W = W - learning_rate * x.T @ (softmax(x @ W) - y) / len(x)
        accuracy = np.mean((x_val @ W).argmax(axis=1) == val[1])
        if accuracy > best_accuracy:
            best_accuracy, best = accuracy, W
    return softmax(x_test @ best)


def exercise_7(answer: object) -> str:
    """Softmax regression at its minimum: probabilities for new rows."""
    answer = _once(answer)  # training takes time

    def predict(x_train, y_train, x_new, bias=True):
        inputs, new = (np.column_stack([x, np.full(len(x), float(bias))]) for x in (x_train, x_new))
        scale = np.abs(inputs).max(axis=0) + (not bias)
        return softmax(new / scale @ _minimum(inputs / scale, y_train))

    def scaled(x_train, x_new):
        mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
        return (x_train - mean) / sd, (x_new - mean) / sd

    def own_statistics(x_train, y_train, x_new):
        return predict(scaled(x_train, x_train)[0], y_train, scaled(x_new, x_new)[0])

    def without_bias(x_train, y_train, x_new):
        x_train, x_new = scaled(x_train, x_new)
        return predict(x_train, y_train, x_new, bias=False)

    def frequencies(x_train, y_train, x_new):
        return np.tile(np.bincount(y_train) / len(y_train), (len(x_new), 1))

    def early(found, *case):
        """Tell whether most classes are right, but the probabilities not extreme enough."""
        right, found = predict(*case), np.asarray(found, dtype=float)
        agree = np.mean(found.argmax(axis=1) == right.argmax(axis=1)) > 0.8
        surer = np.mean(found.max(axis=1)) > np.mean(right.max(axis=1))
        return agree and abs(found.sum(axis=1) - 1).max() < 1e-3 and not surer

    def penalised(found, x_train, y_train, x_new):
        """Tell whether there is a minimum of the cost and a multiple of the squared weights.

        There the gradient is zero for the bias, and opposite to the weights for the weights.
        """
        x, new = scaled(x_train, x_new)
        if len(new) <= x.shape[1]:  # too few rows to find the weights
            return True
        z = np.log(found)
        ones = np.ones((len(new), 1))
        W = np.linalg.lstsq(np.hstack([new, ones]), z - z.mean(axis=1, keepdims=True))[0]
        inputs = np.column_stack([x, np.ones(len(x))])
        y_hat = softmax(inputs @ W)
        slope = inputs.T @ (y_hat - np.eye(len(W.T))[y_train]) / len(x)
        strength = -np.sum(slope[:-1] * W[:-1]) / np.sum(W[:-1] ** 2)
        size = np.abs(slope[:-1]).max()
        rest = np.abs(slope + strength * W).max(axis=1) / size
        bias = min(rest[-1], np.abs(slope[-1]).max() / size)  # with a penalty, or without
        return strength > 0 and size > 1e-4 and max(*rest[:-1], bias) < 0.1

    mistakes = {
        "These are classes. Return the probabilities, shape `(m, K)`: a row for each row of "
        "x_new, a column for each class.": When(
            lambda found, x, y, new: (
                np.shape(found) == (len(new),) and np.array_equal(found, np.round(found))
            ),
        ),
        "Your result has one number for each row; K are needed.": When(
            lambda found, x, y, new: np.shape(found) in ((len(new),), (len(new), 1))
        ),
        "There are NaN among the probabilities. Do your weights explode? Are the inputs "
        "standardised?": When(lambda found, *case: np.isnan(found).any()),
        "The rows do not sum to 1. Use softmax over the classes of each row, not one sigmoid for "
        "each class.": When(
            lambda found, x, y, new: (
                np.shape(found) == (len(new), y.max() + 1)
                # Of two classes, sigmoids of opposite logits have the right sum.
                and (y.max() == 1 or np.abs(np.sum(found, axis=1) - 1).max() > 1e-3)
            ),
        ),
        "These are predictions for the training rows; return those for `x_new`.": (
            lambda x, y, new: predict(x, y, x)
        ),
        "Information leaks: you standardise the new rows by *their own* mean and standard "
        "deviation. Use those of the training set.": own_statistics,
        "The new rows are not standardised, although the training rows are.": (
            lambda x, y, new: predict(scaled(x, new)[0], y, new)
        ),
        "The bias is missing: add one number for each class to the logits.": without_bias,
        "These are the frequencies of the classes, the same for every row: that is the baseline. "
        "Do the weights of the features change at all?": frequencies,
        "All probabilities are equal, as with weights of zero. Are W and b renewed in each "
        "step?": lambda x, y, new: np.full((len(new), y.max() + 1), 1 / (y.max() + 1)),
        "Something besides the mean cross-entropy holds the weights back: a penalty on their size. "
        "(In scikit-learn it is there unless you turn it off; NumPy only, please.)": When(
            penalised
        ),
        "The classes are mostly right, but the model is less sure than at the minimum of the cost: "
        "it has not arrived yet. Take more steps, or larger ones.": When(early),
        "These are probabilities, but not those at the minimum of the cost. Print the mean cost "
        "along the descent. Does it fall in every step? Is each column standardised on its own, "
        "`axis=0`? Is the gradient a mean, and does nothing else enter the cost?": When(
            lambda found, x, y, new: np.shape(found) == (len(new), y.max() + 1)
        ),
    }
    rng = np.random.default_rng(7)
    small = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]), np.array([0, 0, 1, 0, 1, 1])
    cases = [(*small, np.array([[1.0], [7.0]]))]
    for n, d, classes, new in ((60, 1, 3, 5), (120, 2, 3, 40), (300, 4, 4, 71), (80, 2, 2, 1)):
        y = np.concatenate([np.arange(classes), rng.integers(classes, size=n + new - classes)])
        centres = rng.normal(0, 1, size=(classes, d))
        spread = 10 ** rng.uniform(-1, 2, size=d)
        x = rng.normal(0, 50, size=d) + spread * (centres[y] + rng.normal(size=(n + new, d)))
        cases.append((x[:n], y[:n], x[n:] + 0.5 * spread))
    for k, (x, y, new) in enumerate(cases):
        try:
            found, classes = call(answer, x, y, new), y.max() + 1
        except NotYet as hint:
            if k > 0 and "IndexError" in str(hint):  # with two classes, all went well
                raise NotYet(f"{hint} K is not always 3; get it from `y_train`.") from None
            raise
        columns = found.shape[1] if isinstance(found, np.ndarray) and found.ndim == 2 else classes
        if columns not in (1, classes) and len(found) == len(new):
            raise NotYet(
                f"Your result has {columns} columns, but here are "
                f"{'only ' if columns > classes else ''}"
                f"{classes} classes. Get K from `y_train`: `y_train.max() + 1`."
            )
    with np.errstate(all="ignore"):
        judge(answer, predict, cases, mistakes, rtol=0.02)
        # What is done to the inputs on the whole does not change the minimum. So it must be told
        # from what new rows far away do to the others.
        x, y, new = cases[2]
        far = np.vstack([new, np.full((2 * len(x), x.shape[1]), 1e30)])
        found = np.asarray(call(answer, x, y, far), dtype=float)[: len(new)]
        if difference(found, predict(x, y, new), rtol=0.02):
            raise NotYet(
                "Information leaks: if some of the new rows change, the probabilities of the "
                "*others* change, too. Take mean and standard deviation from `x_train` alone."
            )
    return (
        "Linear function, softmax, cross-entropy, error times input: the last layer of every "
        "network that names a class works like this."
    )


def _minimum(inputs: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the weights with the least mean cross-entropy, by Newton's method.

    Args:
        inputs: shape (n, d), a column of ones included. The classes must overlap, or the weights
            have no limit.
        y: classes, shape (n,).
    """
    classes, (n, d) = y.max() + 1, inputs.shape
    W = np.zeros((d, classes))
    for _ in range(30):
        y_hat = softmax(inputs @ W)
        gradient = inputs.T @ (y_hat - np.eye(classes)[y]) / n
        curvature = (
            np.einsum("nk,kj->nkj", y_hat, np.eye(classes)) - y_hat[:, :, None] * y_hat[:, None]
        )
        hessian = np.einsum("na,nkj,nb->akbj", inputs, curvature, inputs) / n
        # Weights that are the same for all classes change nothing: lstsq leaves them at zero.
        step = np.linalg.lstsq(hessian.reshape(d * classes, -1), gradient.ravel(), rcond=1e-10)[0]
        W = W - step.reshape(d, classes)
    return W
