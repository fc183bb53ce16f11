"""The checkers of notebook 00, start here."""

from __future__ import annotations

import functools

import numpy as np
from sklearn.datasets import load_digits

from exercises.judging import NotYet, call, describe, expect, judge, numbers

TRAINING, VALIDATION = slice(0, 1197), slice(1197, 1497)


def exercise_1(answer: object) -> str:
    """Parameters with 2 hidden units, steps with batches of 128, and the accuracy with 2 units."""
    parameters, steps, accuracy = answer
    likely = {
        "these are the weights. Each unit has a bias, too.": 64 * 2 + 2 * 10,
        "this is the hidden layer. The ten outputs have weights, too.": 64 * 2 + 2,
        "the hidden layer is right. How many inputs has each of the ten outputs now?": 130 + 330,
        "the outputs are right. How many weights has a hidden layer of 2 units?": 2080 + 30,
        "the biases of the 2 hidden units are missing.": 64 * 2 + 2 * 10 + 10,
        "the biases of the 10 outputs are missing.": 64 * 2 + 2 + 2 * 10,
        "this is the network with 32 hidden units.": 64 * 32 + 32 + 32 * 10 + 10,
    }
    otherwise = (
        "count one layer after the other, as the notebook does. A layer has one weight "
        "for each pair of an input and a unit, and one bias for each unit."
    )
    expect("parameters", parameters, 64 * 2 + 2 + 2 * 10 + 10, otherwise, likely)
    images = TRAINING.stop
    likely = {
        "nobody takes part of a step. Count whole ones.": lambda steps: steps % 1,
        "some images are left over. They make one more, smaller batch.": images // 128,
        "this is for batches of 32. Are there more or fewer steps now?": -(-images // 32),
        "a batch is larger now. Then an epoch needs fewer batches, not more.": 4 * -(-images // 32),
        "this is for all 30 epochs; count those of one.": 30 * -(-images // 128),
        "this is the number of images. A step takes a whole batch of them.": images,
        "this is the size of a batch. How many batches does an epoch have?": 128,
    }
    otherwise = f"how many batches of 128 are needed to use each of the {images} images once?"
    expect("steps", steps, -(-images // 128), otherwise, likely)
    likely = {
        "2 units hand on two numbers for each image. Could the outputs not tell at least some "
        "digits apart by them?": "baseline",
        "the ten outputs see only what 2 units hand on: two numbers for each image. Is that enough "
        "for ten digits?": "network",
    }
    expect("accuracy", accuracy, _place(2), likely=likely)
    return (
        "A narrow layer is a bottleneck: all that the outputs learn about an image must pass "
        "through it. The number of its units decides how much can pass, and what that costs."
    )


def exercise_2(answer: object) -> str:
    """Shuffle images and labels together; what shuffling does to the validation accuracy."""
    shuffle, accuracy, report = answer
    n = 40
    images = np.arange(64.0 * n).reshape(n, 8, 8)  # no pixel equals another one
    labels = (7 * np.arange(n) + 3) % n
    orders = [_order(call(shuffle, images, labels, _rng(k)), images, labels) for k in range(3)]
    if all(np.array_equal(orders[0], order) for order in orders):
        raise NotYet(
            "The order is the same whatever `rng` is. Draw it with the `rng` you are given."
        )
    if _order(call(shuffle, images, labels, _rng(0)), images, labels) != orders[0]:
        raise NotYet(
            "Two equal `rng` give two different orders, so nobody could repeat your result. Draw "
            "the order with the `rng` you are given, and with nothing else."
        )
    _order(call(shuffle, images[:7], labels[:7], _rng(3)), images[:7], labels[:7], small=True)

    words = ("falls", "rises")
    rises = _mean_accuracy(32, shuffled=True) > _mean_accuracy(32)
    hint = (
        "before the shuffling, the validation images come from hands that are rare or absent in "
        "the training images. And after it?"
    )
    expect("accuracy", accuracy, words[rises], likely={hint: words[not rises]})
    hint = (
        "whose writing is in the shuffled validation images: that of new people, or of people from "
        "whom the network has learned?"
    )
    expect("report", report, "in order", likely={hint: "shuffled"})
    return (
        "Divide the data as they will be divided in use: new people, new days, new machines. A "
        "shuffled division answers an easier question than the one you were asked."
    )


def _rng(k: int) -> np.random.Generator:
    return np.random.default_rng([2, k])


def _order(result: object, images: np.ndarray, labels: np.ndarray, small: bool = False) -> list:
    """Return the places from which the images were taken.

    Args:
        result: what the learner's function returned.
        images: shape (n, 8, 8); the numbers from 0 to 64 n - 1, in this order.
        labels: shape (n,); all different.
        small: there are so few images that chance may leave them in their order.

    Raises:
        NotYet: these are not the same images, each with its label, in another order.
    """
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise NotYet(
            f"`shuffle` must return two arrays, images and labels, not {describe(result)}."
        )
    found = numbers(result[0], images.shape, "The images that `shuffle` returns")
    found_labels = numbers(result[1], labels.shape, "The labels that `shuffle` returns")
    places = found[:, 0, 0] // 64
    if (found != 64 * places[:, None, None] + images[0]).any():
        raise NotYet("Pixels have changed their place. Change the order of whole images.")
    file_order = np.arange(len(images))
    if not np.array_equal(np.sort(places), file_order):
        raise NotYet(
            "Some images occur twice and others not at all. Each number from 0 to n - 1 must occur "
            "once in the order."
        )
    moved = not np.array_equal(places, file_order)
    labels_moved = not np.array_equal(found_labels, labels)
    if not small and not moved and not labels_moved:
        raise NotYet("Images and labels are still in the old order.")
    if not np.array_equal(found_labels, labels[places.astype(int)]):
        if not labels_moved:
            raise NotYet("The images have moved, but their labels have stayed behind.")
        if not moved:
            raise NotYet("The labels have moved, but their images have stayed behind.")
        raise NotYet(
            "Images and labels do not belong together any more: they went into two different "
            "orders. Draw one order and use it for both."
        )
    return places.tolist()


def exercise_3(answer: object) -> str:
    """The label of the nearest training image, for each row of x."""

    def by(score, best=np.argmin):
        """Make a function that gives the label at the best score of (new image, training image)."""

        def mistake(x, x_train, y_train):
            return y_train[best(score(x, x_train), axis=1)]

        return mistake

    def squares(x, x_train):
        return ((x[:, None] - x_train) ** 2).sum(axis=2)

    def by_means(x, x_train, y_train):
        classes = np.unique(y_train)
        means = np.array([x_train[y_train == c].mean(axis=0) for c in classes])
        return classes[squares(x, means).argmin(axis=1)]

    mistakes = {
        "You found the training image that is farthest away. The closest one has the *smallest* "
        "distance.": by(squares, np.argmax),
        "You return the place of the nearest training image. What is the label at this place?": (
            lambda x, x_train, y_train: squares(x, x_train).argmin(axis=1)
        ),
        "You return the smallest distance itself. `argmin` gives the place where it stands.": (
            lambda x, x_train, y_train: squares(x, x_train).min(axis=1)
        ),
        "You return the nearest training images. What are their labels?": (
            lambda x, x_train, y_train: x_train[squares(x, x_train).argmin(axis=1)]
        ),
        "There is one label for each training image. There must be one for each row of `x`: along "
        "which axis do you look for the smallest distance?": (
            lambda x, x_train, y_train: y_train[squares(x, x_train).argmin(axis=0)]
        ),
        "Positive and negative differences cancel. Square each one before you add them up.": by(
            lambda x, x_train: (x[:, None] - x_train).sum(axis=2)
        ),
        "Positive and negative differences cancel: square each one before you add them up.": by(
            lambda x, x_train: (x_train - x[:, None]).sum(axis=2)
        ),
        "Positive and negative differences cancel: the square of a sum is not the sum of the "
        "squares.": by(lambda x, x_train: (x[:, None] - x_train).sum(axis=2) ** 2),
        "You add up the sizes of the differences. Their squares are asked for: they count one "
        "large difference more than several small ones.": (
            by(lambda x, x_train: np.abs(x[:, None] - x_train).sum(axis=2))
        ),
        "You add up everything: that is one number. Each row of `x` needs the distance of each "
        "training image: along which axis do you add up?": lambda x, x_train, y_train: np.full(
            len(x), y_train[0]
        ),
        "The largest product is not the smallest distance: an image with much ink has a large "
        "product with every other.": by(lambda x, x_train: x @ x_train.T, np.argmax),
        "(a - b)² = a² + b² - 2ab: the last term needs its 2.": by(
            lambda x, x_train: (
                (x**2).sum(axis=1)[:, None] + (x_train**2).sum(axis=1) - x @ x_train.T
            )
        ),
        "You compare with the mean image of each class. Compare with each training image alone.": (
            by_means
        ),
    }
    rng = np.random.default_rng(3)
    x_train = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 3.0], [4.0, 0.0]])
    cases = [(np.array([[0.9, 0.8], [0.2, 2.5]]), x_train, np.array([5, 8, 1, 8]))]
    for n, n_train, d, classes in ((7, 30, 64, 10), (1, 50, 3, 4), (20, 200, 16, 3), (4, 4, 1, 9)):
        x_train, x = rng.random((n_train, d)), rng.random((n, d))
        cases.append(
            (x * rng.integers(1, 4, size=(n, 1)), x_train, rng.integers(classes, size=n_train))
        )
    x_train = rng.normal(size=(40, 5))
    cases.append((x_train[5:15], x_train, np.arange(100, 140)))  # each row is its own neighbour
    if np.shape(call(answer, *cases[0])) == ():
        raise NotYet(
            "You return a single label; `x` has several rows, and each needs one. If you wrote a "
            "loop: is the `return` inside of the loop?"
        )
    try:
        judge(answer, by(squares), cases, mistakes)
    except NotYet as hint:
        if "IndexError: index" not in str(hint):
            raise
        raise NotYet(
            f"{hint} Before `argmin` there must be one number for each training image: its "
            "distance. How many have you, and along which axis did you add up?"
        ) from hint
    return (
        "No training, no parameters, and yet an opponent to be taken seriously. Whoever praises a "
        "network should first say what the simplest method reaches on the same images."
    )


@functools.cache
def _data(order_seed: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the digits as rows from 0 to 1 with their labels, in the file's order or shuffled."""
    images, labels = load_digits(return_X_y=True)
    order = np.arange(len(labels))
    if order_seed is not None:
        order = np.random.default_rng(order_seed).permutation(len(labels))
    return images[order] / 16, labels[order]


def _baseline() -> float:
    _, labels = _data(None)
    return float(np.mean(labels[VALIDATION] == np.bincount(labels[TRAINING]).argmax()))


def _place(units: int) -> str:
    """Say where the accuracy with this number of hidden units lies."""
    low, high = _baseline(), _mean_accuracy(32)
    part = (_mean_accuracy(units) - low) / (high - low)
    return "baseline" if part < 0.1 else "network" if part > 0.9 else "between"


@functools.cache
def _mean_accuracy(units: int, shuffled: bool = False) -> float:
    """Return the mean validation accuracy of four trainings, each with another seed."""
    return float(np.mean([_accuracy(units, seed, seed if shuffled else None) for seed in range(4)]))


def _accuracy(units: int, seed: int, order_seed: int | None, epochs: int = 30) -> float:
    """Train the notebook's network in NumPy, with Keras's start and RMSprop (0.1 s)."""
    x, labels = _data(order_seed)
    targets = np.eye(10)[labels]
    rng = np.random.default_rng(seed)
    shapes = ((64, units), (units, 10))
    W1, W2 = (rng.uniform(-1, 1, size=s) * np.sqrt(6 / sum(s)) for s in shapes)
    parameters = [W1, np.zeros(units), W2, np.zeros(10)]
    squares = [np.zeros_like(p) for p in parameters]

    def layers(rows):
        W1, b1, W2, b2 = parameters
        hidden = np.maximum(rows @ W1 + b1, 0)
        powers = np.exp(hidden @ W2 + b2)
        return hidden, powers / powers.sum(axis=1, keepdims=True)

    for _ in range(epochs):
        order = rng.permutation(TRAINING.stop)
        for begin in range(0, len(order), 32):
            batch = order[begin : begin + 32]
            hidden, y_hat = layers(x[batch])
            dz = (y_hat - targets[batch]) / len(batch)
            dh = dz @ parameters[2].T * (hidden > 0)
            gradients = (x[batch].T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0))
            for p, square, g in zip(parameters, squares, gradients):
                square += 0.1 * (g**2 - square)
                p -= 0.001 * g / (np.sqrt(square) + 1e-7)
    _, y_hat = layers(x[VALIDATION])
    return float(np.mean(y_hat.argmax(axis=1) == labels[VALIDATION]))
