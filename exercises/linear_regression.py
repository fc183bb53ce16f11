"""The checkers of notebook 01, linear regression."""

from __future__ import annotations

import numpy as np

from exercises.judging import NotYet, call, changed, expect, judge


def _with_ones(X: np.ndarray) -> np.ndarray:
    """Return the inputs, shape (n,) or (n, d), with a column of ones for the bias."""
    return np.column_stack([X, np.ones(len(X))])


def _line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return W, b and the MSE of the best line."""
    inputs = _with_ones(x)
    W, b = np.linalg.lstsq(inputs, y, rcond=None)[0]
    return np.array([W, b, np.mean((y - W * x - b) ** 2)])


def exercise_1(answer: object) -> str:
    """What happens to W, b and the least MSE: (added when y + 1, factors when 2 y)."""
    heavier, doubled = answer
    rng = np.random.default_rng(1)
    x = rng.normal(2, 1, size=20)
    y = 1 + 2 * x + rng.normal(size=20)
    before = _line(x, y)
    hints = (
        "all points move up by 1 together. Does the line have to become steeper?",
        "all points move up by 1. By how much must the line move up with them?",
        "the MSE sees only the differences y - ŷ. If both rise by 1, what happens to these?",
    )
    expect("heavier", heavier, _line(x, y + 1) - before, hints)
    hints = (
        "W is a rise in y for each 1 of x. What happens to a rise when y is doubled?",
        "b is the prediction at x = 0, in the unit of y.",
        "the differences are doubled, and the MSE averages their *squares*.",
    )
    expect("doubled", doubled, _line(x, 2 * y) / before, hints)
    return (
        "A shift of the target is caught by the bias, a change of its unit by all parameters; the "
        "MSE has the unit of y squared, which is why a report gives its root."
    )


def exercise_2(answer: object) -> str:
    """The gradient of the MSE for d inputs: dL/dw = -2/n X^T (y - ŷ), dL/db = -2 mean(y - ŷ)."""

    def gradient(X, y, w, b):
        difference = y - X @ w - b
        return -2 * X.T @ difference / len(y), -2 * np.mean(difference)

    def as_pair(weights, bias):
        """Make a function that returns this pair, given X and the differences."""

        def mistake(X, y, w, b):
            difference = y - X @ w - b
            return weights(X, difference), bias(difference)

        return mistake

    mistakes = {
        "The sign is wrong: what you return points downhill. The derivative of y - ŷ with respect "
        "to a parameter has a minus.": lambda *case: tuple(-part for part in gradient(*case)),
        "The 2 is missing, which the derivative of a square brings.": as_pair(
            lambda X, e: -X.T @ e / len(e), lambda e: -np.mean(e)
        ),
        "You add up over the examples, but the M of MSE is a mean: divide by their number.": (
            as_pair(lambda X, e: -2 * X.T @ e, lambda e: -2 * np.sum(e))
        ),
        "The weights are right. For b the mean over the examples is missing.": as_pair(
            lambda X, e: -2 * X.T @ e / len(e), lambda e: -2 * np.sum(e)
        ),
        "b is right. For the weights the mean over the examples is missing.": as_pair(
            lambda X, e: -2 * X.T @ e, lambda e: -2 * np.mean(e)
        ),
        "One mean over all of X mixes the inputs. Each weight has its own derivative: take the "
        "mean over the examples only, `axis=0`.": as_pair(
            lambda X, e: -2 * np.mean(e[:, None] * X), lambda e: -2 * np.mean(e)
        ),
        "np.mean(X.T @ difference) mixes the inputs: the product has added up the examples already "
        "and has one entry for each weight. Divide it by n.": as_pair(
            lambda X, e: -2 * np.mean(X.T @ e), lambda e: -2 * np.mean(e)
        ),
        "The axis is wrong: you have one number for each example. There must be one for each "
        "input, so take the mean over the examples, `axis=0`.": as_pair(
            lambda X, e: -2 * np.mean(e[:, None] * X, axis=1), lambda e: -2 * np.mean(e)
        ),
        "You divide by the number of inputs, d. Divide by the number of examples, n.": as_pair(
            lambda X, e: -2 * X.T @ e / X.shape[1], lambda e: -2 * np.mean(e)
        ),
        "The derivatives for the weights lack their factor: each difference is multiplied by the "
        "input that the weight belongs to.": as_pair(
            lambda X, e: np.full(X.shape[1], -2 * np.mean(e)), lambda e: -2 * np.mean(e)
        ),
        "Your prediction lacks the bias: ŷ = X w + b.": lambda X, y, w, b: gradient(X, y, w, 0.0),
    }
    rng = np.random.default_rng(2)
    cases = [
        (np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]]), np.array([0.0, 1.0, 4.0]), np.ones(2), 1.0)
    ]
    for n, d in ((1, 3), (4, 4), (50, 1), (20, 7)):
        scale = 10.0 ** rng.integers(-2, 3)
        X = rng.normal(1, scale, size=(n, d))
        cases.append((X, rng.normal(size=n), rng.normal(size=d), float(rng.normal())))
    judge(answer, gradient, cases, mistakes)
    return (
        "One line of matrix algebra, for one input or a million; the last layer of every network "
        "that predicts numbers begins its back-propagation with it."
    )


def exercise_3(answer: object) -> str:
    """Growth of the distance per step at 1.001 times the limit, and the steps until it doubles."""
    factor, steps = answer
    growth = _growth(1.001)
    likely = {
        "a component of the error is multiplied by this number. A distance has no sign.": -growth,
        "the *learning rate* is 1.001 times the limit. The error is multiplied by 1 - ε λ: how "
        "large is ε λ exactly at the limit?": 1.001,
        "nothing is squared here: 1 - ε λ with ε = 1.001 · 2/λ.": 1.001**2,
    }
    otherwise = (
        "along the steepest direction, each step takes ε λ times the error away from the error. "
        "How large is ε λ here?"
    )
    expect("factor", factor, growth, otherwise, likely, atol=5e-7)
    doubled = int(np.ceil(np.log(2) / np.log(growth)))
    likely = {
        "the growth compounds like interest, so it takes fewer steps.": round(1 / (growth - 1)),
        "nearly. Count whole steps: after how many has the distance *at least* doubled?": (
            lambda steps: abs(steps - doubled) <= 1
        ),
    }
    otherwise = "each step multiplies the distance by the factor. Find with logarithms which power "
    expect("steps", steps, doubled, f"{otherwise}of it is 2.", likely)
    return (
        "It takes hundreds of steps before such a small excess shows, and then nothing stops it: a "
        "cost that falls at first may still belong to a learning rate that is too large."
    )


def _growth(excess: float) -> float:
    """Measure by how much one step of gradient descent at ``excess`` times the limit expands."""
    rng = np.random.default_rng(3)
    inputs = _with_ones(rng.normal(2, 1, size=20))
    eigenvalues, eigenvectors = np.linalg.eigh(_hessian(inputs))
    y = inputs @ np.array([1.0, 2.0]) + rng.normal(size=20)
    best = np.linalg.lstsq(inputs, y, rcond=None)[0]
    theta = best + eigenvectors[:, -1]
    gradient = 2 * inputs.T @ (inputs @ theta - y) / len(y)
    return float(np.linalg.norm(theta - excess * 2 / eigenvalues[-1] * gradient - best))


def _hessian(inputs: np.ndarray) -> np.ndarray:
    return 2 * inputs.T @ inputs / len(inputs)


def exercise_4(answer: object) -> str:
    """The learning rate 2 / λ_max from which gradient descent on the MSE diverges."""

    def eigenvalues(X):
        return np.linalg.eigvalsh(_hessian(_with_ones(X)))

    def one_input_hessian(X):
        return 2 * np.array([[np.mean(X**2), X.mean()], [X.mean(), 1.0]])

    mistakes = {
        "This is right for one input. With more of them, `np.mean(X**2)` and `X.mean()` mix the "
        "columns: each has a row and a column of its own in the Hessian.": (
            lambda X: 2 / np.linalg.eigvalsh(one_input_hessian(X))[-1]
        ),
        "From 1 / λ on the steps jump across the valley, yet they still arrive. Find where "
        "|1 - ε λ| reaches 1.": lambda X: 1 / eigenvalues(X)[-1],
        "You took the smallest eigenvalue, so the steepest direction has long exploded. The "
        "largest one decides.": lambda X: 2 / eigenvalues(X)[0],
        "The Hessian lacks the factor 2, which the derivative of a square brings; your limit is "
        "twice too high.": lambda X: 4 / eigenvalues(X)[-1],
        "The Hessian of a *mean* is divided by the number of examples.": (
            lambda X: 2 / eigenvalues(X)[-1] / len(X)
        ),
        "You divide by the number of inputs, d, where the mean divides by the number of examples, "
        "n.": lambda X: 2 / np.linalg.eigvalsh(_hessian(_with_ones(X)) * len(X) / X.shape[1])[-1],
        "The bias is a parameter, too. It belongs to a column of ones beside X.": (
            lambda X: 2 / np.linalg.eigvalsh(_hessian(X))[-1]
        ),
        "You subtract the mean of X. Take the inputs as they come: their mean is part of the "
        "curvature.": lambda X: 2 / eigenvalues(X - X.mean(axis=0))[-1],
        "You standardise X. Take the inputs as they come: find the limit for these units.": (
            lambda X: 2 / eigenvalues((X - X.mean(axis=0)) / X.std(axis=0))[-1]
        ),
        "`eigvals` gives the eigenvalues in no particular order, so the first one may be either. "
        "Use `eigvalsh`, which sorts them, or take the maximum.": (
            lambda X: 2 / np.linalg.eigvals(_hessian(_with_ones(X)))[0]
        ),
        "`eigvals` gives the eigenvalues in no particular order, so the last one may be either. "
        "Use `eigvalsh`, which sorts them, or take the maximum.": (
            lambda X: 2 / np.linalg.eigvals(_hessian(_with_ones(X)))[-1]
        ),
        "This is the curvature itself, λ. The larger it is, the smaller the rate must be.": (
            lambda X: eigenvalues(X)[-1]
        ),
    }
    rng = np.random.default_rng(4)
    cases = [(np.array([[0.0], [1.0], [3.0]]),)]
    cases += [(rng.normal(1, scale, size=(n, d)),) for n, d, scale in ((30, 1, 1), (50, 5, 0.5))]
    cases += [(rng.normal(175, 7, size=(300, 1)),), (rng.normal(-2, 0.1, size=(8, 3)),)]
    cases += [(rng.normal(0, 0.1, size=(20, d)),) for d in (1, 3)]  # here the bias is steepest
    judge(answer, lambda X: 2 / eigenvalues(X)[-1], cases, mistakes)
    return (
        "The inputs alone decide: the targets and the start do not matter, and a column in large "
        "units lowers the rate for all parameters. That is why inputs are standardised."
    )


def exercise_5(answer: object) -> str:
    """The shift of the slope by one wrong target, in standard errors of the clean line."""

    def slope_and_error(x, y, lost=2):
        W, b, _ = _line(x, y)
        s = np.sqrt(np.sum((y - W * x - b) ** 2) / (len(x) - lost))
        return W, s / (x.std() * np.sqrt(len(x)))

    def spoil(y, i, value):
        spoiled = y.copy()
        spoiled[i] = value
        return spoiled

    def shift(x, y, i, value):
        before, error = slope_and_error(x, y)
        return (slope_and_error(x, spoil(y, i, value))[0] - before) / error

    def shift_by_spoiled_error(x, y, i, value):
        after, error = slope_and_error(x, spoil(y, i, value))
        return (after - slope_and_error(x, y)[0]) / error

    def shift_by(error):
        def mistake(x, y, i, value):
            moved = _line(x, spoil(y, i, value))[0] - _line(x, y)[0]
            return moved / error(x, y)

        return mistake

    def scatter(x, y):
        return slope_and_error(x, y)[1] * x.std() * np.sqrt(len(x))

    mistakes = {
        "The standard error comes from the spoiled data: the wrong entry makes it large and hides "
        "itself. Use the clean data.": shift_by_spoiled_error,
        "The direction is wrong: new slope minus old slope.": lambda *case: -shift(*case),
        "The sign is lost: a slope that falls has moved by a negative amount.": (
            lambda *case: abs(shift(*case))
        ),
        "You divide by a variance: s is the *root* of s².": (
            shift_by(lambda x, y: slope_and_error(x, y)[1] * scatter(x, y))
        ),
        "This is the shift of the slope itself. Divide it by the standard error.": (
            shift_by(lambda x, y: 1.0)
        ),
        "You divide the squares of the residuals by n. Two parameters were fitted, so divide by "
        "n - 2.": shift_by(lambda x, y: slope_and_error(x, y, lost=0)[1]),
        "You divide by s, the scatter about the line. The standard error of the slope is "
        "s / (s_x √n).": shift_by(scatter),
        "s_x is `x.std()`, which divides by n. You divide by n - 1.": (
            shift_by(lambda x, y: slope_and_error(x, y)[1] * np.sqrt((len(x) - 1) / len(x)))
        ),
        "The standard error lacks the spread s_x of the inputs.": (
            shift_by(lambda x, y: slope_and_error(x, y)[1] * x.std())
        ),
        "The standard error lacks the √n.": (
            shift_by(lambda x, y: slope_and_error(x, y)[1] * np.sqrt(len(x)))
        ),
        "The slope never moves. `spoiled = y` is only a second name for y, so both fits see the "
        "wrong entry. Make a copy: `y.copy()`.": lambda *case: 0.0,
    }
    rng = np.random.default_rng(6)
    small = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 2.0, 1.0, 3.0])
    cases = [(*small, 3, 30.0), (*small, 0, 30.0)]  # the slope rises, and falls
    for n in (5, 40, 300):
        x = rng.normal(175, 7, size=n)
        y = x - 90 + rng.normal(0, 10, size=n)
        cases.append((x, y, int(rng.integers(n)), float(10 ** rng.uniform(0, 3))))
    judge(answer, shift, cases, mistakes)
    x, y, i, value = cases[0]
    if changed(answer, x=x, y=y, i=i, value=value):
        raise NotYet("Your function changes the `y` that it is given. Change a copy: `y.copy()`.")
    return (
        "Squares let one absurd entry outvote hundreds of good ones, so look at the data, and at "
        "the largest residuals, before you trust a fit."
    )


def exercise_6(answer: object) -> str:
    """Least squares on several standardised inputs: predictions for new rows."""

    def predict(x_train, y_train, x_new):
        inputs = _with_ones(x_train)
        return _with_ones(x_new) @ np.linalg.lstsq(inputs, y_train, rcond=None)[0]

    def with_statistics(centre_and_scale):
        """Make a function that standardises x_new by statistics of its own."""

        def mistake(x_train, y_train, x_new):
            mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
            centre, scale = centre_and_scale(x_train, x_new)
            with np.errstate(invalid="ignore", divide="ignore"):  # one new row: a spread of zero
                z_new = (x_new - centre) / scale
            return predict((x_train - mean) / sd, y_train, z_new)

        return mistake

    def without_bias(x_train, y_train, x_new):
        mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
        theta = np.linalg.lstsq((x_train - mean) / sd, y_train, rcond=None)[0]
        return (x_new - mean) / sd @ theta

    mistakes = {
        "Information leaks: you standardise the new rows by *their own* mean and standard "
        "deviation. Use those of the training set.": with_statistics(
            lambda train, new: (new.mean(axis=0), new.std(axis=0))
        ),
        "Information leaks: `fit_transform` on the new rows takes *their own* mean and standard "
        "deviation. Use `transform`.": with_statistics(
            lambda train, new: (new.mean(axis=0), np.where(len(new) > 1, new.std(axis=0), 1.0))
        ),
        "You standardise y_train, so the predictions are in its standard deviations. Scale them "
        "back, or leave the target as it is.": (
            lambda x, y, new: (predict(x, y, new) - y.mean()) / y.std()
        ),
        "The new rows are not standardised, although the training rows are.": (
            with_statistics(lambda train, new: (0.0, 1.0))
        ),
        "The bias is missing: add a column of ones, or every prediction is off by the mean of "
        "y_train.": without_bias,
        "The bias is missing: the plane is forced through the origin. Add a column of ones.": (
            lambda x, y, new: new @ np.linalg.lstsq(x, y, rcond=None)[0]
        ),
        "These are predictions of the mean of y_train: that is the baseline.": (
            lambda x, y, new: np.full(len(new), y.mean())
        ),
        "These are predictions for the training rows; return those for `x_new`.": (
            lambda x, y, new: predict(x, y, x)
        ),
    }
    rng = np.random.default_rng(7)
    cases = [(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 6.0]), np.array([[4.0], [5.0]]))]
    for n, d, new in ((12, 2, 3), (60, 1, 40), (300, 10, 71), (30, 4, 1)):
        centre, spread = rng.normal(0, 50, size=d), 10 ** rng.uniform(-1, 2, size=d)
        x = rng.normal(centre, spread, size=(n + new, d))
        y = (
            150
            + (x - centre) / spread @ rng.normal(0, 20, size=d)
            + rng.normal(0, 20, size=n + new)
        )
        cases.append((x[:n], y[:n], x[n:] + 0.5 * spread))
    judge(answer, predict, cases, mistakes, rtol=2e-3)
    x_train, y_train, x_new = cases[1]
    far = x_new.copy()
    far[-1] = 1e30
    if not np.allclose(
        call(answer, x_train, y_train, far)[:-1], predict(*cases[1])[:-1], rtol=2e-3
    ):
        raise NotYet(
            "Information leaks: if one new row changes, the predictions for the *others* change, "
            "too. Take mean and standard deviation from the training set alone."
        )
    return (
        "Whatever is estimated, the mean for scaling included, comes from the training set alone; "
        "otherwise a score on new data is not a score on new data."
    )
