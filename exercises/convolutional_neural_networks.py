"""The checkers of notebook 06, convolutional neural networks."""

from __future__ import annotations

import functools
import itertools
import traceback
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from exercises.judging import (
    SHAPES_DIFFER,
    NotYet,
    call,
    changed,
    describe,
    expect,
    judge,
    numbers,
    softmax,
)

# Exercise 8: the largest number of parameters, and the least validation accuracy.
MOST_PARAMETERS = 6_000
LEAST_ACCURACY = {"mnist": 0.98, "digits": 0.94}


def _conv(k: int, channels: int, kernels: int) -> int:
    """Return the number of parameters of a convolution with kernels of k x k and biases."""
    return (k * k * channels + 1) * kernels


def _dense(inputs: int, units: int) -> int:
    return (inputs + 1) * units


def exercise_1(answer: object) -> str:
    """5 x 5 in the lecture's second layer: (shape, view, second, dense, change)."""
    shape, view, second, dense, change = answer
    flat, weights = 22 * 22 * 64, 5 * 5 * 32 * 64
    in_second = _conv(5, 32, 64) - _conv(3, 32, 64)
    in_dense = _dense(flat, 128) - _dense(24 * 24 * 64, 128)
    expect(
        "shape",
        shape,
        (22, 22, 64),
        "rows, columns and channels, one image. The first layer leaves 26 x 26; use the formula of "
        "*Padding and stride*.",
        {
            "this is the output for 3 x 3, or for 5 x 5 on the image itself. At how many places "
            "does a kernel of 5 fit into the 26 pixels that the first layer leaves?": (24, 24, 64),
            "one off. A kernel of k fits into n pixels at n - k + 1 places.": (21, 21, 64),
            'the layers are "valid", so nothing is added around the map, and it shrinks.': (
                (26, 26, 64)
            ),
            "the last number is that of the kernels of *this* layer; each makes a map.": (
                (22, 22, 32)
            ),
            "Keras puts the channels last.": (64, 22, 22),
        },
    )
    expect(
        "view",
        view,
        1 + 2 + 4,
        "begin with one pixel; each layer adds its kernel minus 1, as there is no stride.",
        {
            "a unit of the second layer sees 5 x 5 units of the *first*, and each of these sees "
            "more than one pixel.": 5,
            "the two views overlap. A layer with kernel k adds k - 1 pixels, not k.": 8,
            "they overlap, so they do not multiply. A layer with kernel k adds k - 1 pixels.": 15,
            "along one axis, please.": 49,
        },
    )
    expect(
        "second",
        second,
        _conv(5, 32, 64),
        "each of the 64 kernels has 5 x 5 weights for each of 32 channels, and one bias.",
        {
            "these are the weights. Each kernel has a bias, too.": weights,
            "a kernel of the second layer has a slice for each of the channels that come in. How "
            "many maps does the first layer make?": _conv(5, 1, 64),
            "one bias for each kernel, not one for the layer.": weights + 1,
            "one bias for each kernel, not one for each of its slices.": weights + 32 * 64,
            "this is the count for 3 x 3.": _conv(3, 32, 64),
        },
    )
    expect(
        "dense",
        dense,
        _dense(flat, 128),
        "each of the 128 units has a weight for each value that `Flatten` hands over, and a bias.",
        {
            "this is the count for 3 x 3. `Flatten` now hands over a smaller map.": (
                _dense(24 * 24 * 64, 128)
            ),
            "these are the weights. Each of the 128 units has a bias, too.": flat * 128,
            "one bias for each unit, not one for the layer.": flat * 128 + 1,
            "`Flatten` hands over all 64 maps.": _dense(22 * 22, 128),
        },
    )
    expect(
        "change",
        change,
        in_second + in_dense,
        "new total minus old total. The table in *Counting parameters and multiplications* has the "
        "old layers; two of them change.",
        {
            "the sign is wrong: new total minus old total.": -in_second - in_dense,
            "this is the change in the second layer. Which other layer changes?": in_second,
            "this is the change in the dense layer alone. The second layer has changed, too.": (
                in_dense
            ),
        },
    )
    return (
        "Larger kernels, and yet a smaller network: what a layer costs depends on the size of the "
        "map that it is given, and here the dense layer pays for nearly everything."
    )


def exercise_2(answer: object) -> str:
    """The parameters of each of the eight layers of the given network."""
    nothing = 0, "what would this layer have to learn?", {}
    layers = (
        (
            5 * 5 * 3 * 16,
            "5 x 5 weights for each of 3 channels, in each of 16 kernels, and no bias.",
            {
                "look at the options of this layer: `use_bias=False`.": _conv(5, 3, 16),
                "the image has three channels, and a kernel has a slice for each.": (
                    {5 * 5 * 16, _conv(5, 1, 16)}
                ),
                "a stride changes the number of places, not the number of weights.": (
                    5 * 5 * 3 * 16 // 4
                ),
            },
        ),
        (
            4 * 16,
            "four numbers for each of 16 channels.",
            {
                "these are the numbers that are learned, γ and β. Keras also counts the two that "
                "the layer keeps for prediction.": 2 * 16,
                "batch normalisation has four numbers for each channel: two learned, two kept for "
                "prediction.": 0,
                "four numbers for *each channel*.": 4,
                "four numbers for each channel, not for each place: mean and variance are taken "
                "over all places.": 4 * 16 * 16 * 16,
            },
        ),
        nothing,
        nothing,
        (
            _conv(3, 16, 32),
            "3 x 3 weights for each of 16 channels and one bias, in each of 32 kernels.",
            {
                "this layer has biases; only the first one goes without.": 3 * 3 * 16 * 32,
                "what comes in is no longer the image. How many channels does the layer before it "
                "hand over?": _conv(3, 3, 32),
                "a kernel has a slice for each of the channels that come in.": _conv(3, 1, 32),
            },
        ),
        nothing,
        nothing,
        (
            _dense(6 * 6 * 32, 10),
            "follow the size of the map, 32 pixels at the start, through the stride, the pooling "
            "and the last convolution. What does `Flatten` hand over?",
            {
                'the last convolution is "valid", so the map shrinks once more.': (
                    _dense(8 * 8 * 32, 10)
                ),
                "one halving of the map is missing. Both a stride of 2 and a pooling halve it.": (
                    _dense(14 * 14 * 32, 10)
                ),
                "is the pooling left out? And the last convolution shrinks the map.": (
                    _dense(16 * 16 * 32, 10)
                ),
                "the first convolution has a stride of 2, and then comes a pooling.": (
                    _dense(30 * 30 * 32, 10)
                ),
                'with padding "same" and stride 2, 32 pixels become exactly half as many.': (
                    _dense(5 * 5 * 32, 10)
                ),
                'the pooling leaves 8 pixels; how many places has a "valid" kernel of 3 there?': (
                    _dense(7 * 7 * 32, 10)
                ),
                "the biases are missing, one for each unit.": 6 * 6 * 32 * 10,
                "`Flatten` hands over all maps, not one.": _dense(6 * 6, 10),
                "`Flatten` keeps every place of every map; it is no pooling.": _dense(32, 10),
            },
        ),
    )
    found = numbers(answer, (len(layers),), "`counts`")
    for k, (right, otherwise, likely) in enumerate(layers):
        expect(f"counts[{k}]", found[k], right, otherwise, likely)
    return (
        "Parameters come from kernel sizes and channels, and the size of the map enters only where "
        "a dense layer begins. Counting by hand finds a wrong architecture before it is trained."
    )


def exercise_3(answer: object) -> str:
    """Max pooling of images (n, height, width, channels) with any size and stride, "valid"."""

    def pool(images, size, stride, reduce=np.max):
        windows = sliding_window_view(images, (size, size), axis=(1, 2))
        return reduce(windows[:, ::stride, ::stride], axis=(4, 5))

    def counted(places, least=-np.inf, side=lambda size, stride: size):
        """Make a function that takes ``places(n, size, stride)`` windows along an axis of n pixels.

        Windows that the border cuts off count as if they were filled with ``least``.
        """

        def mistake(images, size, stride):
            rows, columns = (max(places(n, size, stride), 0) for n in images.shape[1:3])
            result = np.empty((len(images), rows, columns, images.shape[3]))
            for i, j in np.ndindex(rows, columns):
                a, b = i * stride, j * stride
                k = side(size, stride)
                window = images[:, a : a + k, b : b + k]
                cut = window.shape[1] < k or window.shape[2] < k
                result[:, i, j] = window.max(axis=(1, 2), initial=least if cut else -np.inf)
            return result

        return mistake

    def fit(n, k, s):
        return (n - k) // s + 1

    def up(a, b):
        return -(-a // b)

    mistakes = {
        "The windows do not overlap: you move by `size`. Move by `stride`.": (
            lambda x, size, stride: pool(x, size, size)
        ),
        "You move by one pixel in place of `stride`.": lambda x, size, stride: pool(x, size, 1),
        "The number of windows is right, but each begins only one pixel after the last. Where does "
        "`stride` enter?": lambda x, size, stride: pool(x, size, 1)[
            :, : fit(x.shape[1], size, stride), : fit(x.shape[2], size, stride)
        ],
        "The number of windows is right, but their side is `stride` in place of `size`.": counted(
            fit, side=lambda size, stride: stride
        ),
        "The windows have the side `stride`. Their side is `size`; `stride` is how far they go.": (
            lambda x, size, stride: pool(x, stride, stride)
        ),
        "`size` and `stride` are exchanged.": lambda x, size, stride: pool(x, stride, size),
        "You take the mean. Max pooling keeps the largest value.": (
            lambda x, size, stride: pool(x, size, stride, np.mean)
        ),
        "You take the smallest value.": lambda x, size, stride: pool(x, size, stride, np.min),
        "Values below 0 become 0. Does your maximum begin at 0? Begin with the first value of the "
        "window, or with -np.inf.": lambda x, size, stride: np.maximum(pool(x, size, stride), 0),
        "The maximum is over all channels. Each channel is pooled for itself: which axes belong to "
        "the window?": lambda x, size, stride: np.broadcast_to(
            pool(x, size, stride).max(axis=-1, keepdims=True), pool(x, size, stride).shape
        ),
        "The channels are gone: the maximum runs over them, too. Each is pooled for itself.": (
            lambda x, size, stride: pool(x, size, stride).max(axis=-1)
        ),
        "One maximum over images, rows, columns and channels. Each image and channel is pooled for "
        "itself: which axes belong to the window?": lambda x, size, stride: np.broadcast_to(
            pool(x, size, stride).max(axis=(0, 3), keepdims=True), pool(x, size, stride).shape
        ),
        "The maximum is over all images. Each image is pooled for itself.": (
            lambda x, size, stride: np.broadcast_to(
                pool(x, size, stride).max(axis=0), pool(x, size, stride).shape
            )
        ),
        "The last window is missing in each direction: off by one. What does the formula of "
        "*Padding and stride* add at its end?": counted(lambda n, k, s: (n - k) // s),
        "The last window can be missing: it may begin *at* n - size, and `range` leaves its end "
        "out.": counted(lambda n, k, s: up(n - k, s)),
        "You also keep windows that the border cuts off. Leave them out: the last window ends "
        "inside the image.": counted(lambda n, k, s: n // s),
        "You keep every place of the stride, also where the border cuts the window off. Leave "
        "these out.": counted(lambda n, k, s: up(n, s)),
        "You keep incomplete windows, filled up with zeros. Leave them out.": (
            counted(lambda n, k, s: up(n - k, s) + 1, 0.0)
        ),
        'You keep incomplete windows. Leave them out, as "valid" does.': (
            counted(lambda n, k, s: up(n - k, s) + 1)
        ),
        "Rows and columns are exchanged.": lambda x, size, stride: pool(x, size, stride).swapaxes(
            1, 2
        ),
    }
    rng = np.random.default_rng(3)
    cases = [(-np.arange(1.0, 17).reshape(1, 4, 4, 1), 2, 2)]
    for n, height, width, channels, size, stride in (
        (2, 7, 9, 3, 3, 2),
        (1, 6, 5, 2, 2, 3),
        (3, 8, 11, 1, 3, 1),
        (4, 5, 8, 4, 1, 2),
        (2, 7, 8, 2, 4, 3),
        (1, 3, 3, 5, 3, 2),
    ):
        cases.append((rng.normal(-1, 2, size=(n, height, width, channels)), size, stride))
    judge(answer, pool, cases, mistakes)
    return (
        '"Is the feature anywhere here?" costs no parameter, tolerates small shifts, and leaves '
        "the next layer a fraction of the work."
    )


def exercise_4(answer: object) -> str:
    """A 3 x 3 kernel for strokes like /, that is blind to even areas and weak on other strokes."""
    kernel = numbers(answer, (3, 3), "`kernel`")
    if not np.isfinite(kernel).all():
        raise NotYet("`kernel` has entries that are no finite numbers.")
    if not kernel.any():
        raise NotYet("All weights are 0, so every map is empty.")

    def response(image):
        """The largest value of the map, after ReLU."""
        windows = sliding_window_view(image, (3, 3))
        return max(0.0, np.einsum("ijmn,mn->ij", windows, kernel).max())

    if np.fliplr(kernel).trace() < 0:
        raise NotYet(
            "On the diagonal from the lower left to the upper right the weights ask for paper: "
            "their sum is negative. Which sign asks for ink?"
        )
    down = np.eye(9)  # from the upper left to the lower right, as rows are counted from the top
    middle = np.zeros((9, 9))
    middle[4] = 1
    wanted = response(np.fliplr(down))
    others = {
        "from the upper left to the lower right": response(down),
        "that is horizontal": response(middle),
        "that is vertical": response(middle.T),
    }
    name = max(others, key=others.get)
    strongest = others[name]
    # Turned by half a turn, a kernel that looks for a border asks for the opposite.
    odd = np.abs(kernel + kernel[::-1, ::-1]).max() < 1e-6 * np.abs(kernel).max()
    if odd and strongest > wanted / 2 + 1e-9:
        raise NotYet(
            "Your kernel looks for a border, ink on one side and paper on the other, and its "
            "weights along `/` add up to 0. A stroke has paper on *both* sides."
        )
    even = kernel.sum() / np.abs(kernel).sum()
    if wanted < strongest == others["from the upper left to the lower right"]:
        raise NotYet(
            "It prefers the other diagonal. Rows are counted from the top, so the first row of the "
            "kernel lies over the *upper* end of a stroke: is that the left or the right end?"
        )
    if even > 1e-6:
        raise NotYet(
            "The weights add up to more than 0, so it also answers to an area that is all ink. "
            "What must surround the stroke, and which weights ask for that?"
        )
    if even < -1e-6:
        raise NotYet(
            "The weights add up to less than 0. ReLU hides that in an area of ink, but thick "
            "strokes, with ink beside them, are lost, too. Balance ink and paper."
        )
    if wanted == 0:
        raise NotYet(
            "The map of a stroke from the lower left to the upper right is 0 everywhere after "
            "ReLU. Which three weights lie on such a stroke, and which sign must they have?"
        )
    if strongest > wanted / 2 + 1e-9:
        raise NotYet(
            f"To a stroke {name} it answers with {strongest:g}, to the wanted one with "
            f"{wanted:g}: that is more than half. Draw both strokes over the kernel, in all "
            "places where they touch it, and add up the weights."
        )
    return (
        "Positive weights where ink shall be, negative ones where paper shall be, in balance: so a "
        "kernel is a small drawing of what it looks for."
    )


def exercise_5(answer: object) -> str:
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


def exercise_6(answer: object) -> str:
    """Shift each image by whole pixels of its own, drawn evenly from -most to most."""
    rng = np.random.default_rng(6)
    # The first has so many images that twice as often is not luck. `most` = 0 comes last: there
    # `rng.integers(-most, most)` raises, where the others show which shift is missing.
    shapes = [((3000, 7, 6, 1), 2), ((300, 7, 10, 2), 1), ((1, 12, 8, 1), 3), ((4, 5, 5, 1), 0)]
    for shape, most in shapes:
        images = rng.uniform(1, 2, size=shape)  # without paper: 0 can only come from outside

        def shifted(seed, images=images, most=most):
            result = call(answer, images, most, np.random.default_rng(seed))
            return numbers(result, images.shape, "the result")

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


def exercise_7(answer: object) -> str:
    """Occlusion: the probability of a class for each place of a patch of paper."""

    def covered(image, size, value=0.0, keep=False, side=None):
        """Copies of the image, one for each place of the patch; ``keep``: patches stay."""
        rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
        copies, work = np.empty((rows, columns, *image.shape)), image.copy()
        for i in range(rows):
            for j in range(columns):
                if not keep:
                    work = image.copy()
                work[i : i + (side or size), j : j + (side or size)] = value
                copies[i, j] = work
        return copies

    def centred(predict, image, label, size, clip, end):
        """Cover around each place: a slice may then begin below 0, unless ``clip``."""
        rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
        copies = np.empty((rows, columns, *image.shape))
        for i, j in np.ndindex(rows, columns):
            row, column = (
                slice(max(k - size // 2, 0) if clip else k - size // 2, k + end(size))
                for k in (i, j)
            )
            copies[i, j] = image
            copies[i, j, row, column] = 0
        return probabilities(predict, copies)[:, :, label]

    def probabilities(predict, copies):
        rows, columns = copies.shape[:2]
        return predict(copies.reshape(-1, *copies.shape[2:])).reshape(rows, columns, -1)

    def occlusion(predict, image, label, size):
        return probabilities(predict, covered(image, size))[:, :, label]

    def whole(predict, image, label):
        return predict(image[None])[0, label]

    mistakes = {
        "The patches stay: each place is covered in the image that the last one has left. Begin "
        "with a fresh copy, `image.copy()`, at each place.": (
            lambda predict, image, label, size: probabilities(
                predict, covered(image, size, keep=True)
            )[:, :, label]
        ),
        "You cover with ink, 1. Paper is 0.": lambda predict, image, label, size: probabilities(
            predict, covered(image, size, 1.0)
        )[:, :, label],
        "This is the largest of the ten probabilities. Take that of `label`, whatever the network "
        "answers.": lambda predict, image, label, size: probabilities(
            predict, covered(image, size)
        ).max(axis=-1),
        "This is the class that the network answers. Return the probability of `label`.": (
            lambda predict, image, label, size: probabilities(predict, covered(image, size)).argmax(
                axis=-1
            )
        ),
        "This is 1 minus the probability. Return the probability.": (
            lambda predict, image, label, size: 1 - occlusion(predict, image, label, size)
        ),
        "This is how far the probability falls. Return the probability itself.": (
            lambda predict, image, label, size: (
                whole(predict, image, label) - occlusion(predict, image, label, size)
            )
        ),
        "This is the change of the probability. Return the probability itself.": (
            lambda predict, image, label, size: (
                occlusion(predict, image, label, size) - whole(predict, image, label)
            )
        ),
        "Nothing is covered: every place has the probability of the whole image.": (
            lambda predict, image, label, size: np.full(
                occlusion(predict, image, label, size).shape, whole(predict, image, label)
            )
        ),
        "The last row and the last column are never filled: `range` leaves its end out. How many "
        "places has a patch of `size` pixels along an axis?": lambda predict, image, label, size: (
            np.pad(occlusion(predict, image, label, size)[:-1, :-1], ((0, 1), (0, 1)))
        ),
        "You cover 5 x 5 pixels, whatever `size` says.": lambda predict, image, label, size: (
            probabilities(predict, covered(image, size, side=5))[:, :, label]
        ),
        "You keep the patch and cover all the rest. Cover the patch.": (
            lambda predict, image, label, size: probabilities(
                predict, image - covered(image, size)
            )[:, :, label]
        ),
        "Rows and columns are exchanged.": lambda predict, image, label, size: (
            occlusion(predict, image, label, size).T
        ),
        "The last row and the last column of places are missing: off by one. How many places has a "
        "patch of `size` pixels along an axis?": lambda predict, image, label, size: occlusion(
            predict, image, label, size
        )[:-1, :-1],
    }
    for text, end in {
        "i + size // 2": lambda size: size // 2,
        "i + size // 2 + 1": lambda size: size // 2 + 1,
        "i - size // 2 + size": lambda size: size - size // 2,
    }.items():
        for start, clip in {"i - size // 2": False, "max(i - size // 2, 0)": True}.items():
            hint = (
                f"Rows from `{start}` to `{text}` have the place in their middle. It is the upper "
                "left corner of the patch."
            )
            mistakes[hint] = functools.partial(centred, clip=clip, end=end)
    rng = np.random.default_rng(7)
    asked = []  # the images that predict has been given

    def network(height, width):
        weights = rng.normal(size=(height * width, 10)) * 4 / np.sqrt(height * width)

        def predict(images):
            asked.append(images)
            images = np.asarray(images, dtype=float)
            if images.ndim != 4 or images.shape[1:] != (height, width, 1):
                raise ValueError(
                    f"predict needs images of shape (n, {height}, {width}, 1), not {images.shape}"
                )
            return softmax(images.reshape(len(images), -1) @ weights)

        return predict

    cases = []
    for height, width, size in ((3, 3, 2), (6, 9, 3), (7, 5, 1), (12, 12, 5), (4, 6, 4)):
        image = rng.uniform(0.1, 0.9, size=(height, width, 1))
        cases.append((network(height, width), image, int(rng.integers(10)), size))
    not_asked = (
        "Call `predict`, which you are given, not `model`: `check` brings a network of its own."
    )
    try:
        call(answer, *cases[0])
    except NotYet as hint:  # a model for 28 x 28 pixels fails here, somewhere in Keras
        frames = traceback.extract_tb(getattr(hint.__cause__, "__traceback__", None))
        if not asked and any("keras" in frame.filename for frame in frames):
            raise NotYet(not_asked) from hint
        raise
    if not asked:
        raise NotYet(not_asked)
    judge(answer, occlusion, cases, mistakes, rtol=1e-5)
    return (
        "The map shows on which pixels the answer rests. If they are not those that you would "
        "look at, the network may be right for the wrong reason."
    )


def exercise_8(answer: object) -> str:
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
        return network.predict(images, batch_size=500, verbose=0)

    def accuracy(part, highest=1.0):
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
        return np.mean(p.argmax(axis=1) == part.labels[:10_000])

    seen, learned = accuracy(data.validation), accuracy(data.train)
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
        return (
            f"{parameters:,d} parameters read {seen:.1%} of the validation images, where the "
            "lecture's network has 4,738,826: knowing that the input is an image is worth more "
            "than size."
        )
    if accuracy(data.validation, highest=255.0) > max(0.5, seen + 0.02):
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
            "of *A better network* helps against that?"
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
