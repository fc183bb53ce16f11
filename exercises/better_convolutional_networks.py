"""The checkers of notebook 07, better convolutional networks."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np

from exercises.judging import (
    SHAPES_DIFFER,
    NotYet,
    call,
    changed,
    describe,
    judge,
    numbers,
    predictions,
)

# Exercise 4: the largest number of parameters, and the least validation accuracy.
MOST_PARAMETERS = 6_000
LEAST_ACCURACY = {"mnist": 0.98, "digits": 0.94}


def exercise_1(answer: object) -> str:
    """Fold a batch normalisation into the convolution before it: (kernels, biases)."""

    def scale_and_shift(gamma, beta, mean, variance, epsilon):
        scale = gamma / np.sqrt(variance + epsilon)
        return scale, beta - scale * mean

    def fold(kernels, *statistics):
        scale, shift = scale_and_shift(*statistics)
        return kernels * scale, shift

    def with_change(change):
        """Make a function that folds with other statistics."""
        return lambda kernels, *statistics: fold(kernels, *change(*statistics))

    def with_biases(biases):
        """Make a function that gets the kernels right and has its own biases."""

        def mistake(kernels, gamma, beta, mean, variance, epsilon):
            scale, _ = scale_and_shift(gamma, beta, mean, variance, epsilon)
            return kernels * scale, biases(scale, gamma, beta, mean)

        return mistake

    def in_kernels(biases, shift=lambda beta: 0):
        """Make a function that subtracts the mean from each weight."""

        def mistake(kernels, gamma, beta, mean, variance, epsilon):
            scale, _ = scale_and_shift(gamma, beta, mean, variance, epsilon)
            return (kernels - mean) * scale + shift(beta), biases(scale, beta, mean)

        return mistake

    mistakes = {
        "The kernels are right. The biases lack the mean: -μ is scaled, too, and lands in them.": (
            with_biases(lambda scale, gamma, beta, mean: beta)
        ),
        "The kernels are right. In the biases, μ must be scaled as the kernels are: it is "
        "subtracted *before* the division.": (
            with_biases(lambda scale, gamma, beta, mean: beta - mean)
        ),
        "The kernels are right. In the biases, the sign of the mean is wrong: it is subtracted.": (
            with_biases(lambda scale, gamma, beta, mean: beta + scale * mean)
        ),
        "The kernels are right. In the biases, β is missing.": (
            with_biases(lambda scale, gamma, beta, mean: -scale * mean)
        ),
        "The kernels are right. The biases multiply β by the scale. It is added at the end, as it "
        "is.": with_biases(lambda scale, gamma, beta, mean: scale * (beta - mean)),
        "The kernels are right. In the biases, μ is divided by the root, but γ is missing.": (
            with_biases(lambda scale, gamma, beta, mean: beta - scale / gamma * mean)
        ),
        "The biases are right. The kernels are still the old ones: every weight is scaled.": (
            lambda kernels, *statistics: (kernels, fold(kernels, *statistics)[1])
        ),
        "You divide by the variance. The formula divides by its root.": with_change(
            lambda g, b, m, v, e: (g, b, m, (v + e) ** 2, 0.0)
        ),
        "ε is missing under the root.": with_change(lambda g, b, m, v, e: (g, b, m, v, 0.0)),
        "ε belongs under the root, beside the variance.": with_change(
            lambda g, b, m, v, e: (g, b, m, (np.sqrt(v) + e) ** 2, 0.0)
        ),
        "γ is missing.": with_change(lambda g, b, m, v, e: (np.ones_like(g), b, m, v, e)),
        "μ is subtracted from z, which is a sum over many weights, not from each weight. It "
        "belongs into the biases.": in_kernels(lambda scale, beta, mean: beta),
        "The biases are right, and μ is in them. So do not subtract it from each weight, too.": (
            in_kernels(lambda scale, beta, mean: beta - scale * mean)
        ),
        "You put each weight into the formula. It is for z, a sum over many weights: only the "
        "factor goes to the weights, μ and β belong into the biases.": in_kernels(
            lambda scale, beta, mean: np.zeros_like(beta), lambda beta: beta
        ),
        "Return the kernels first, then the biases.": lambda *given: fold(*given)[::-1],
    }
    rng = np.random.default_rng(5)
    cases = []
    for k, channels, kernels, epsilon in (
        (1, 1, 2, 1e-3),
        (3, 4, 4, 1e-3),
        (3, 2, 5, 0.1),
        (5, 1, 16, 1e-5),
        (2, 6, 1, 1e-2),
    ):
        cases.append(
            (
                rng.normal(size=(k, k, channels, kernels)),
                rng.uniform(0.5, 2, size=kernels),
                rng.normal(size=kernels),
                rng.normal(1, 3, size=kernels),
                10 ** rng.uniform(-3, 2, size=kernels),
                epsilon,
            )
        )
    try:
        judge(answer, fold, cases, mistakes)
    except NotYet as hint:
        if SHAPES_DIFFER not in str(hint):
            raise
        last = " The kernels are the *last* axis: does a plain `kernels * scale` not fit?"
        raise NotYet(str(hint).replace(SHAPES_DIFFER, last)) from hint
    names = ("kernels", "gamma", "beta", "mean", "variance", "epsilon")
    name = changed(answer, **dict(zip(names, cases[1])))
    if name:
        raise NotYet(
            f"You change `{name}` itself, so a second call would begin with other numbers. Make a "
            "new array, as `kernels * scale` does and `kernels *= scale` does not."
        )
    return (
        "In prediction a normalisation is one more linear step, so it can vanish into the weights "
        "before it. That is how networks are made faster before they go into a telephone."
    )


def exercise_2(answer: object) -> str:
    """The learning rate at a step: a linear warm-up, then half a cosine."""

    def scheduled(warm_up=None, cosine=None):
        """Make a schedule with a part changed; without changes, the right one."""

        def rate(step, num_steps, highest):
            ramp = num_steps // 10
            if step < ramp and warm_up is not None:
                return warm_up(step / ramp, highest)
            if step < ramp:
                return highest / 25 + (highest - highest / 25) * step / ramp
            if cosine is not None:  # rounded, as the answer is
                return np.round(cosine(step, ramp, num_steps, highest), 12)
            return half(min((step - ramp) / (num_steps - ramp), 1), highest)

        return rate

    def half(part, highest):
        return highest * (1 + np.cos(np.pi * part)) / 2

    def of_cosine(change):
        """Make a schedule whose second part is ``change`` of its share of steps, from 0 to 1."""
        return scheduled(
            cosine=lambda step, ramp, n, highest: change(
                min((step - ramp) / (n - ramp), 1), highest
            )
        )

    mistakes = {
        "The warm-up begins at 0. It begins at a 25th of the highest rate.": scheduled(
            warm_up=lambda part, highest: highest * part
        ),
        "The warm-up adds the whole `highest` to the 25th part that it begins with, so it ends too "
        "high. How far is it from the one to the other?": scheduled(
            warm_up=lambda part, highest: highest / 25 + highest * part
        ),
        "There is no warm-up: the rate begins at its highest.": scheduled(
            warm_up=lambda part, highest: highest
        ),
        "There is no warm-up: the cosine begins with the first step.": (
            lambda step, num_steps, highest: half(min(step / num_steps, 1), highest)
        ),
        "In the warm-up the rate stays at its first value. It rises with each step.": scheduled(
            warm_up=lambda part, highest: highest / 25
        ),
        "The cosine counts from the first step, so the rate jumps where the warm-up ends. Count "
        "from the end of the warm-up.": scheduled(
            cosine=lambda step, ramp, n, highest: half(min(step / n, 1), highest)
        ),
        "The cosine takes `num_steps` steps after the warm-up, so it ends too late. How many steps "
        "are left?": scheduled(
            cosine=lambda step, ramp, n, highest: half(min((step - ramp) / n, 1), highest)
        ),
        "It is a whole turn of the cosine: the rate comes back up. Half a turn is π.": of_cosine(
            lambda part, highest: half(2 * part, highest)
        ),
        "It is a quarter of a turn, from 1 to 0. Half a turn goes from 1 to -1; what must you add, "
        "and divide by?": of_cosine(lambda part, highest: highest * np.cos(np.pi * part / 2)),
        "The cosine goes from 1 to -1, so the rate becomes negative. Bring it to the range from 1 "
        "to 0.": of_cosine(lambda part, highest: highest * np.cos(np.pi * part)),
        "The cosine plus 1 goes from 2 to 0: the rate is twice as high as it must be after the "
        "warm-up.": of_cosine(lambda part, highest: 2 * half(part, highest)),
        "After the warm-up the rate rises from 0. Look at the sign of the cosine.": of_cosine(
            lambda part, highest: half(1 - part, highest)
        ),
        "After the warm-up the rate falls along a line. Take half a cosine.": of_cosine(
            lambda part, highest: highest * (1 - part)
        ),
        "After the warm-up the rate stays at its highest.": of_cosine(
            lambda part, highest: highest
        ),
        "NumPy's cosine takes radians: half a turn is π, not 180.": of_cosine(
            lambda part, highest: highest * (1 + np.cos(180 * part)) / 2
        ),
        "After `num_steps` steps the rate rises again. It must stay at 0.": scheduled(
            cosine=lambda step, ramp, n, highest: half((step - ramp) / (n - ramp), highest)
        ),
    }
    cases = [(0, 100, 1.0), (5, 100, 1.0), (10, 100, 1.0), (55, 100, 1.0), (100, 100, 1.0)]
    cases += [(130, 100, 0.5), (7, 128, 0.003), (12, 128, 0.003), (13, 128, 0.003)]
    cases += [(40, 128, 0.003), (90, 128, 0.01), (1, 10, 2.0), (3, 10, 2.0), (2000, 3910, 0.005)]

    def rounded(*arguments):
        result = answer(*arguments)
        if result is None:
            return None
        try:  # 1e-33 is 0: another formula may come to it
            return np.round(np.asarray(result, dtype=float), 12)
        except (TypeError, ValueError):
            return result

    given = functools.wraps(answer)(rounded) if callable(answer) else answer
    judge(given, scheduled(), cases, mistakes, rtol=1e-5)
    return (
        "Small steps until the averages know something, then large ones, then ever smaller ones "
        "that come to rest: the whole schedule is a few lines."
    )


def exercise_3(answer: object) -> str:
    """Shift each image by whole pixels of its own, drawn evenly from -most to most."""
    rng = np.random.default_rng(6)
    # The first has so many images that twice as often is not luck. `most` = 0 comes last: there
    # `rng.integers(-most, most)` raises, where the others show which shift is missing.
    shapes = [((3000, 7, 6, 1), 2), ((300, 7, 10, 2), 1), ((1, 12, 8, 1), 3), ((4, 5, 5, 1), 0)]
    for shape, most in shapes:
        images = rng.uniform(1, 2, size=shape)  # without paper: 0 can only come from outside

        def shifted(seed, images=images, most=most):
            result = call(answer, images, most, np.random.default_rng(seed))
            return numbers(result, images.shape, "The result")

        first = shifted(0)
        if most == 0 and not np.allclose(first, images):
            raise NotYet("With `most` = 0 the images must stay as they are, in their order.")
        few = len(images) < 1000  # what follows need not be tried on many
        if few and not np.array_equal(first, shifted(0)):
            raise NotYet(
                "Two generators with the same seed gave different shifts. Draw from `rng`, and "
                "from nothing else, so that a run can be repeated."
            )
        moves = _moves(images, first, 2 * most)
        if len(images) > 1 and most > 0:
            _judge_moves(moves, most)
            if few and np.array_equal(first, shifted(1)):
                raise NotYet("Another generator gives the same shifts: draw them from `rng`.")
        if few and changed(answer, images=images, most=most, rng=np.random.default_rng(0)):
            raise NotYet(
                "You change `images` itself, so the training images would drift further in each "
                "epoch. Write into a new array."
            )
    return (
        "To the network each epoch brings new pictures, and they tell it what does not matter: "
        "knowledge that no layer has built in. It must be true, though: a 6 turned round is a 9."
    )


def _moved(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return images (n, height, width, channels), moved, with 0 coming in from outside."""
    size = max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (size, size), (size, size), (0, 0)))
    height, width = images.shape[1:3]
    return padded[:, size - down :, size - right :][:, :height, :width]


def _moves(images: np.ndarray, found: np.ndarray, most: int) -> np.ndarray:
    """Return (down, right) of each image, shape (n, 2), looking as far as ``most``.

    Raises:
        NotYet: an image is no copy that moved by whole pixels.
    """
    moves, known = np.zeros((len(images), 2), dtype=int), np.zeros(len(images), dtype=bool)
    steps = itertools.product(range(-most, most + 1), repeat=2)
    steps = sorted(steps, key=lambda step: max(map(abs, step)))

    def explain(move: Callable) -> None:
        for step in steps:
            rest = np.flatnonzero(~known)
            same = np.isclose(found[rest], move(images[rest], *step), rtol=0, atol=1e-4)
            same = rest[same.all(axis=(1, 2, 3))]
            moves[same], known[same] = step, True

    explain(_moved)
    if known.all():
        return moves
    with_paper = known.copy()
    explain(lambda images, *step: np.roll(images, step, axis=(1, 2)))
    if known.all():
        raise NotYet(
            "What leaves the image on one side comes in on the other: `np.roll` goes round. What "
            "comes in must be paper, 0."
        )
    if found[~with_paper].min() >= 1:
        raise NotYet("Where the image has moved away there must be paper, 0.")
    raise NotYet(
        "Not every result is a copy that moved by a few whole pixels, with 0 coming in. Try it on "
        "`np.arange(1, 26).reshape(1, 5, 5, 1)`, and print `[0, :, :, 0]` of the result."
    )


def _as_often(counts: np.ndarray, often: np.ndarray) -> bool:
    """Tell whether the counts are in the proportions of ``often``, but for luck."""
    expected = counts.sum() * often / often.sum()
    return bool((np.abs(counts - expected) <= 6 * np.sqrt(expected)).all())


def _judge_moves(moves: np.ndarray, most: int) -> None:
    """Raise a hint unless ``moves`` (n, 2) look drawn evenly from -most to most, each alone."""
    if np.abs(moves).max() > most:
        raise NotYet(f"Some images move by more than {most} pixels, although `most` is {most}.")
    if not moves.any():
        raise NotYet("No image moves.")
    for values, axis in zip(moves.T, ("down or up", "to the left or right")):
        if not values.any():
            raise NotYet(f"No image moves {axis}: draw a shift for each of the two axes.")
    if (moves == moves[0]).all():
        raise NotYet("All images move alike. Draw a shift of its own for each image.")
    if (moves == moves[0]).all(axis=0).any():
        raise NotYet("Along one axis all images move alike. Draw both shifts for each image.")
    if any(np.array_equal(moves[:, 0], sign * moves[:, 1]) for sign in (1, -1)):
        raise NotYet("Both axes get the same number, so images move along a diagonal only.")
    if moves.min() == 0 or moves.max() == 0:
        raise NotYet("Images move in one direction only. Let shifts be negative, too.")
    ends, zero = np.ones(2 * most + 1), np.ones(2 * most + 1)
    ends[[0, -1]], zero[most] = 0.5, 2
    for values in moves.T:
        counts = np.array([np.sum(values == k) for k in range(-most, most + 1)])
        if counts[0] == counts[-1] == 0:
            raise NotYet(
                f"No image moves by -{most} or +{most}. Are numbers cut to whole ones, as by "
                "`astype(int)`? Draw whole numbers, with `rng.integers`."
            )
        if counts[-1] == 0:
            raise NotYet(f"No image moves by +{most}. `rng.integers(low, high)` leaves `high` out.")
        if counts[0] == 0:
            raise NotYet(f"No image moves by -{most}. There are 2 · {most} + 1 possible shifts.")
        if not _as_often(counts, np.ones(2 * most + 1)):
            if _as_often(counts, ends):
                raise NotYet(
                    "The ends come half as often: rounding gives them half an interval. Draw whole "
                    "numbers, with `rng.integers`."
                )
            if _as_often(counts, zero):
                raise NotYet(
                    "0 comes twice as often: it has no sign, and `astype(int)` cuts to it from "
                    "both sides. Draw from -most to most at once, with `rng.integers`."
                )
            raise NotYet(
                "Some shifts happen far more often than others. Let all whole numbers from -most "
                "to most be equally likely."
            )


def exercise_4(answer: object) -> str:
    """A trained Keras model within the budget that reads the validation images well enough."""
    import keras  # here, so that the other exercises do without

    network, data = answer
    if isinstance(network, keras.callbacks.History):
        raise NotYet("This is the history that `fit` returns. Give the model itself.")
    if not isinstance(network, keras.Model):
        raise NotYet(f"`network` must be a Keras model, not {describe(network)}.")
    try:
        parameters = network.count_params()
    except ValueError as error:
        raise NotYet(
            "The model does not know the shape of its input yet, so nothing can be counted. Begin "
            "with `layers.Input((28, 28, 1))`."
        ) from error
    if parameters > MOST_PARAMETERS:
        layer = max(network.layers, key=lambda layer: layer.count_params())
        raise NotYet(
            f"The network has {parameters:,d} parameters, {parameters - MOST_PARAMETERS:,d} over "
            f"the budget. Most of them, {layer.count_params():,d}, are in the layer "
            f"`{layer.name}`. {_how_to_save(keras, layer)}"
        )

    def predict(images):
        return predictions(network, images)

    def probabilities(part, highest=1.0):
        images = part.images[:10_000, ..., None].astype("float32") * (highest / 255)
        try:
            p = np.asarray(call(predict, images))
        except NotYet as error:
            shape = getattr(network, "input_shape", None)
            if isinstance(shape, tuple) and shape[1:] != (28, 28, 1):
                raise NotYet(
                    f"The network must take images of shape (28, 28, 1); yours takes {shape[1:]}. "
                    "Begin with `layers.Input((28, 28, 1))`."
                ) from error
            raise
        if p.shape != (len(images), 10):
            raise NotYet(
                f"For {len(images)} images the model returns an array of shape {p.shape}. It must "
                "return ten numbers for each: end with a dense layer of 10 units."
            )
        if not np.isfinite(p).all():
            raise NotYet("The model returns NaN: training went wrong. Try a lower learning rate.")
        # 0.05: half precision rounds each of the ten.
        if p.min() < 0 or np.abs(p.sum(axis=1, dtype=float) - 1).max() > 0.05:
            raise NotYet(
                "The ten outputs are no probabilities: these are at least 0 and add up to 1. End "
                "with a softmax."
            )
        return p

    def accuracy(part, p):
        return np.mean(p.argmax(axis=1) == part.labels[:10_000])

    def surprise(part, p):
        """For each image the loss, at most 1, so that no single image decides."""
        labels = part.labels[:10_000]
        return np.minimum(-np.log(p[np.arange(len(labels)), labels] + 1e-9), 1)

    parts = (data.train, data.validation)
    outputs = [probabilities(part) for part in parts]
    learned, seen = map(accuracy, parts, outputs)
    least = LEAST_ACCURACY[data.name]
    # Luck explains three standard errors; and the validation images of MNIST are a little easier,
    # above all for a network that has only begun to learn.
    luck = 3 * np.sqrt(learned * (1 - learned) / len(data.validation.labels))
    if seen > learned + max(luck, 0.012 if seen >= least else 0.03):
        raise NotYet(
            f"It reads {seen:.1%} of the validation images, but only {learned:.1%} of the training "
            "images. That is the wrong way round: which images did `fit` get?"
        )
    if seen >= least:
        # Of images that `fit` has not seen, validation or test, a network is less sure than of
        # those that it has. The test images tell here what that looks like, and nothing else.
        known, validation = map(surprise, parts, outputs)
        unseen = surprise(data.test, probabilities(data.test))
        gap = unseen.mean() - known.mean()
        luck = np.sqrt(known.var() / len(known) + unseen.var() / len(unseen))
        as_known = validation.mean() < known.mean() + 0.05 * gap
        # The validation images of the small digits are easier than the others, so that a network
        # that has only begun to learn is as sure of them, too: it still makes mistakes on them.
        if seen >= max(0.99, learned - 0.001) and as_known and gap > 4 * luck:
            raise NotYet(
                "It is as sure of the validation images as of its training images, and much less "
                "sure of images that are new to it. Did `fit` get the validation images, too? They "
                "can only judge a network that has not learned from them."
            )
        return (
            f"{parameters:,d} parameters read {seen:.1%} of the validation images, where the "
            "lecture's network has 4,738,826, nearly all in one dense layer: a weight that is "
            "shared over all places is paid for once."
        )
    if accuracy(data.validation, probabilities(data.validation, 255.0)) > max(0.5, seen + 0.02):
        hint = (
            "With pixels from 0 to 255 it reads more of them: it seems to have learned from those. "
            "Give it `x_train`, from 0 to 1."
        )
    elif seen < 0.25:
        hint = (
            "That is hardly better than guessing. Is this the model that you trained? Building it "
            "anew forgets everything. Else look at the loss: does it fall?"
        )
    elif learned >= least and learned - seen > 0.03:
        hint = (
            f"It reads {learned:.1%} of its training images: it learns them by heart. Which step "
            "of this notebook helps against that?"
        )
    else:
        hint = (
            f"It reads {learned:.1%} of its training images, so it has more to learn. Train "
            "longer, or spend the parameters better: on convolutions, not on dense layers."
        )
    raise NotYet(f"It reads {seen:.1%} of the validation images; {least:.0%} are wanted. {hint}")


def _how_to_save(keras, layer) -> str:
    if isinstance(layer, keras.layers.Dense):
        return "Make the map smaller before `Flatten`: what does each pooling divide it by?"
    return "Its parameters are k · k · channels · kernels: which of these can be smaller?"
