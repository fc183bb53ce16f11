"""The checkers of notebook 04, deep neural networks."""

from __future__ import annotations

import copy
import itertools
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from exercises.judging import NotYet, When, call, describe, expect, judge, numbers, softmax

if TYPE_CHECKING:
    import keras


def exercise_1(answer: object) -> str:
    """How much the gradient changes over 30 layers: (sigmoid, with doubled weights, ReLU)."""
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise NotYet(f"The answer must be 3 numbers, not {describe(answer)}.")
    names = ("sigmoid_glorot", "doubled_weights", "relu_double_variance")
    # The factor of one layer, and what else may be taken for the answer.
    ways = (
        (0.25, {}),
        (
            0.5,
            {
                "doubled weights change the factor. By how much?": 0.25**29,
                "not one factor is doubled, but that of *each* layer.": 2 * 0.25**29,
                "the factor is proportional to the weights. Do larger ones make it smaller?": (
                    0.125**29
                ),
                "the weights themselves are doubled, and the factor is proportional to them. The "
                "root is for the variance.": (0.25 * 2**0.5) ** 29,
                "weights twice as large make the factor twice as large, not four times: their "
                "*variance* is four times as large.": 1,
            },
        ),
        (
            2**0.5,
            {
                "the *variance* is doubled. Of what does the formula give the size?": 2**29,
                "at He's variance the factor is 1. Here the variance is another one.": 1,
                "at He's variance the factor is 1, and more variance makes it larger.": 0.5**29,
            },
        ),
    )
    for name, found, (factor, others) in zip(names, answer, ways):
        likely = {
            "a ratio of two sizes is larger than 0, be it ever so small.": lambda ratio: ratio <= 0,
            "off by one. How many times does the gradient pass from one of the 30 layers to the "
            "layer before?": factor**30,
            "this is the inverse. Asked is layer 1 divided by layer 30.": factor**-29,
            "the factors of (23) multiply, they do not add up.": factor * 29,
            "this is the factor of one layer. There are many of them.": factor,
        }
        otherwise = (
            "which number does the gradient meet in one layer, and how often does it meet one on "
            "its way? (Two digits or more, or a formula such as `0.1**7`.)"
        )
        expect(name, found, factor**29, otherwise, likely | others, rtol=0.1, atol=0)
    return (
        "Nothing but the factor and the number of layers counts, and a factor that looks harmless "
        "is not: that is why an initialisation aims at exactly 1."
    )


def exercise_2(answer: object) -> str:
    """The standard deviation of the weights that lets the gradient pass a leaky ReLU unchanged."""

    def sd(variance):
        return lambda n_in, n_out, a: variance(n_in, n_out, a) ** 0.5

    mistakes = {
        "This is the variance. Asked is the standard deviation.": (
            lambda n_in, n_out, a: 2 / (n_out * (1 + a**2))
        ),
        "This serves the way *forward*. On the way back, each gradient is a sum over the outputs "
        "of the layer.": sd(lambda n_in, n_out, a: 2 / (n_in * (1 + a**2))),
        "This is He's value, for a slope of 0 below zero. Here the slope is a.": (
            sd(lambda n_in, n_out, a: 2 / n_in)
        ),
        "The way back is right, but this is for ReLU. Where the input is negative, the slope is "
        "a, not 0.": sd(lambda n_in, n_out, a: 2 / n_out),
        "You average the slopes. The formula needs the mean of the *squared* slopes.": (
            sd(lambda n_in, n_out, a: 2 / (n_out * (1 + a)))
        ),
        "This is Glorot's value. It averages both directions and supposes a slope of 1.": (
            sd(lambda n_in, n_out, a: 2 / (n_in + n_out))
        ),
        "You square a sum: (1 + a)² is not 1 + a². The formula needs the mean of the squared "
        "slopes.": sd(lambda n_in, n_out, a: 2 / (n_out * (1 + a) ** 2)),
        "Your result is upside down: the more outputs, the smaller the weights must be.": (
            sd(lambda n_in, n_out, a: n_out * (1 + a**2) / 2)
        ),
        "You square the mean slope. The formula needs the mean of the squared slopes.": (
            sd(lambda n_in, n_out, a: 4 / (n_out * (1 + a) ** 2))
        ),
        "A mean of two slopes, each met half of the time: where is the half?": (
            sd(lambda n_in, n_out, a: 1 / (n_out * (1 + a**2)))
        ),
        "The mean squared slope stands in the wrong place: the larger it is, the smaller the "
        "weights must be.": sd(lambda n_in, n_out, a: (1 + a**2) / (2 * n_out)),
        "You average both directions, as Glorot does. Take the way back alone.": (
            sd(lambda n_in, n_out, a: 4 / ((n_in + n_out) * (1 + a**2)))
        ),
        "Two things: this is a variance, and it serves the way *forward*. Asked is the standard "
        "deviation, for the way back.": lambda n_in, n_out, a: 2 / (n_in * (1 + a**2)),
    }
    rng = np.random.default_rng(3)
    cases = [(50, 8, 0.5), (64, 64, 0.0), (64, 64, 1.0), (784, 128, 0.01)]
    cases += [(*map(int, rng.integers(1, 500, 2)), float(rng.uniform(0, 2))) for _ in range(5)]
    judge(answer, sd(lambda n_in, n_out, a: 2 / (n_out * (1 + a**2))), cases, mistakes)
    return (
        "For a = 0 this is He's variance, for a = 1 that of a linear layer: an initialisation is "
        "computed from the activation function, and a new one asks for a new computation."
    )


def exercise_3(answer: object) -> str:
    """A sigmoid network with a shortcut around each hidden layer but the first, in Keras."""
    import keras

    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    def draw(depth):
        """Return random weights in Keras's order, and random inputs."""
        rng = np.random.default_rng(depth)
        sizes = [784] + [64] * depth + [10]
        arrays = []
        for n_in, n_out in itertools.pairwise(sizes):
            arrays += [rng.normal(0, n_in**-0.5, (n_in, n_out)), rng.normal(0, 0.5, n_out)]
        arrays[-2] *= 3  # so that the classes differ clearly
        return arrays, rng.uniform(size=(5, 784))

    def network(combine):
        """Make a function that computes the network with another form of shortcut, in NumPy."""

        def outputs(depth):
            arrays, x = draw(depth)
            first = h = sigmoid(x @ arrays[0] + arrays[1])
            for i in range(1, depth):
                h = combine(h, h @ arrays[2 * i] + arrays[2 * i + 1], first)
            return softmax(h @ arrays[-2] + arrays[-1])

        return outputs

    def build(depth):
        try:
            model = call(answer, depth)
        except NotYet as hint:
            text = str(hint.__cause__)
            unlike = re.search("incompatible shapes|cannot be broadcast", text)
            if unlike and {"64", "784"} <= set(re.findall(r"\d+", text)):
                raise NotYet(
                    "784 and 64 numbers cannot be added: the first hidden layer has no shortcut."
                ) from hint
            raise
        if not isinstance(model, keras.Model):
            raise NotYet(f"The function must return a Keras model, not {describe(model)}.")
        return model

    mistakes = {
        "There is no shortcut yet: what goes into a hidden layer must be added to what comes "
        "out.": network(lambda h, a, first: sigmoid(a)),
        "You add before the sigmoid. Then the shortcut, too, is multiplied by the slope of the "
        "sigmoid. Add after it.": network(lambda h, a, first: sigmoid(h + a)),
        "Each shortcut begins at the first hidden layer. It must begin at the layer before: "
        "renew h in the loop.": network(lambda h, a, first: first + sigmoid(a)),
        "You average where you should add: the factor of the shortcut becomes ½.": (
            network(lambda h, a, first: (h + sigmoid(a)) / 2)
        ),
        "The new layers have no sigmoid.": network(lambda h, a, first: h + a),
        "The new layers use ReLU. Use the sigmoid, to see what the shortcut alone does.": (
            network(lambda h, a, first: h + np.maximum(a, 0))
        ),
        "You multiply where you should add.": network(lambda h, a, first: h * sigmoid(a)),
        "You add what comes out of the layer to itself. Is what you add the h from *before* the "
        "layer? Keep it under a name of its own.": network(lambda h, a, first: 2 * sigmoid(a)),
        "The last layer must give probabilities, by softmax.": (
            When(lambda found, depth: not np.allclose(found.sum(axis=1), 1, atol=1e-3))
        ),
        "With random weights, the outputs are not those of the formula. Is every hidden layer a "
        "sigmoid, and the last layer without a shortcut?": When(lambda found, depth: True),
    }
    found = {}
    for depth in (1, 2, 5):  # with 1, no shortcut can add a layer: one too many is miscounted
        model = build(depth)
        arrays, x = draw(depth)
        given = [w.shape for w in model.get_weights()]
        if given != [a.shape for a in arrays]:
            raise NotYet(_about_shapes(depth, given, arrays))
        kept = model.get_weights()
        model.set_weights(arrays)
        found[depth] = keras.ops.convert_to_numpy(model(x.astype("float32")))
        model.set_weights(kept)
    right = network(lambda h, a, first: h + sigmoid(a))
    judge(found.get, right, [(depth,) for depth in found], mistakes, rtol=1e-4)
    for depth in found:
        _judge_training(build(depth), *draw(depth))
    return (
        "The derivative of each layer is now the identity plus what the sigmoid lets through, so "
        "the gradient has a way back on which nothing is multiplied; networks with hundreds of "
        "layers rest on this."
    )


def _judge_training(model: keras.Model, arrays: list[np.ndarray], x: np.ndarray) -> None:
    """Compare what one step of gradient descent does to a model with what it must do.

    So whatever acts in training only is found: dropout, noise, a penalty, layers that are frozen.
    """
    import keras

    begin = model.get_weights()
    if any(np.ptp(W) == 0 for W in begin[::2]):
        raise NotYet(
            "All weights of a layer begin with the same number. Then its units stay equal for "
            "ever: leave the start to Keras."
        )
    y = np.arange(len(x)) % 10
    model.set_weights(arrays)
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy", run_eagerly=True)
    before = model.get_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the hint says what is wrong
        model.train_on_batch(x.astype("float32"), y)
    steps = [old - new for old, new in zip(before, model.get_weights())]
    expected = _shortcut_gradients(arrays, x, y)
    model.set_weights(begin)
    if all(np.allclose(s, g, atol=1e-3 * np.abs(g).max()) for s, g in zip(steps, expected)):
        return
    extra = [layer.__class__.__name__ for layer in model.layers]
    extra = [name for name in extra if re.search("Dropout|Noise|Normalization", name)]
    if extra:
        raise NotYet(
            f"In training, `{extra[0]}` changes what the network computes. The exercise asks for "
            "the sigmoid layers, their shortcuts and the output, and for nothing else."
        )
    if model.losses:
        raise NotYet("A penalty is added to the loss. Leave it out: nothing else must change.")
    if any(not s.any() and g.any() for s, g in zip(steps, expected)):
        raise NotYet("In training, some weights do not change. Is a layer frozen?")
    raise NotYet(
        "The outputs are right, but a step of gradient descent does not change the weights as it "
        "must. Is there anything that acts in training only, or that stops the gradient?"
    )


def _shortcut_gradients(arrays: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return the gradients of a sigmoid network with shortcuts, in Keras's order."""
    weights, biases = arrays[::2], arrays[1::2]
    h, sigmas = [x], []
    for i, (W, b) in enumerate(zip(weights[:-1], biases)):
        sigmas.append(0.5 * (1 + np.tanh(0.5 * (h[-1] @ W + b))))
        h.append(sigmas[-1] + (h[-1] if i else 0))
    delta = (softmax(h[-1] @ weights[-1] + biases[-1]) - np.eye(10)[y]) / len(x)
    gradients = [h[-1].T @ delta, delta.sum(axis=0)]
    dh = delta @ weights[-1].T
    for i in reversed(range(len(sigmas))):
        delta = dh * sigmas[i] * (1 - sigmas[i])
        gradients = [h[i].T @ delta, delta.sum(axis=0), *gradients]
        dh = dh + delta @ weights[i].T if i else dh
    return gradients


def _about_shapes(depth: int, given: list[tuple], arrays: list[np.ndarray]) -> str:
    """Say why the weights of a model do not have the shapes that they should have."""
    kernels = [s for s in given if len(s) == 2]
    layers, expected = len(kernels), len(arrays) // 2
    if layers == 0:
        return "The model has no weights. Does it begin with `layers.Input((784,))`?"
    if layers != expected and layers <= 3 < expected:
        return (
            f"With depth {depth} the model has {layers} layers of weights. Each hidden layer must "
            "be a new `layers.Dense`, not one that is called again."
        )
    if sum(s[1] == 10 for s in kernels) > 1:
        return "At the end stands one layer of 10 units, without a shortcut. There are several."
    if layers == expected + 1 and depth == 1:
        return (
            f"With depth {depth} there is one hidden layer too many: the first one, without a "
            "shortcut, counts."
        )
    if layers == 2 < expected:
        return (
            f"With depth {depth} the model has one hidden layer only. A layer belongs to the model "
            "if its output is used: is h renewed by what `layers.add` returns?"
        )
    if layers > expected:
        return (
            f"With depth {depth} there are {layers} layers of weights, not {expected}. For each "
            "shortcut, make *one* new layer: what it is added to is h itself."
        )
    if layers != expected:
        return (
            f"With depth {depth} the model must have {depth} hidden layers and the output layer, "
            f"{expected} layers of weights in all, not {layers}."
        )
    if len(given) < len(arrays):
        return "Each layer needs its bias, too."
    if len(given) > len(arrays):
        return (
            "Besides the weights and biases of the `Dense` layers, the model has others: those of "
            "a normalisation layer? Leave it out."
        )
    if any(s and s[0] > 64 and s[0] % 64 == 0 for s in given[2:]):
        return "`concatenate` puts the arrays side by side. Add them: `layers.add([h, new])`."
    wanted = [a.shape for a in arrays]
    k = next(k for k, shape in enumerate(given) if shape != wanted[k])
    return f"Array {k + 1} of `get_weights()` must have the shape {wanted[k]}, not {given[k]}."


def exercise_4(answer: object) -> str:
    """A ReLU network without its dead units: (x, weights, biases) -> (weights, biases)."""
    cases = _networks_with_dead_units()
    reduced = [_reduced(answer, *case) for case in cases]
    kept = [tuple(float(W.shape[1]) for W in weights) for weights, _ in reduced]

    def sizes(*rule):
        return lambda k: tuple(float(n) for n in _sizes(*cases[k], *rule))

    def with_fewer_classes(k):
        x, weights, biases = cases[k]
        z = _relu_network(x, weights, biases)[-2] @ weights[-1] + biases[-1]
        return *sizes(lambda h: (h != 0).any(axis=0))(k)[:-1], float((z > 0).any(axis=0).sum())

    mistakes = {
        "Nothing is taken out yet.": sizes(lambda h: np.full(h.shape[1], True)),
        "You take out the units that live, and keep the dead ones.": sizes(
            lambda h: (h == 0).all(axis=0)
        ),
        "You take out each unit that is 0 for *some* image. Such a unit works for the others. Dead "
        "is what is 0 for *all* of them.": sizes(lambda h: (h != 0).all(axis=0)),
        "You look at the first image only. Dead is what is 0 for *all* of them.": sizes(
            lambda h: h[0] != 0
        ),
        "In the first hidden layer you are right. What about the others?": sizes(
            lambda h: (h != 0).any(axis=0), 1
        ),
        "You treat the output layer like a hidden one. Each class needs its unit, and softmax is "
        "never 0.": with_fewer_classes,
        "The number of units that stay is not right in every layer. Is each layer's output "
        "computed from that of the layer before, through ReLU?": When(lambda found, k: True),
    }
    given = [(k,) for k in range(len(cases))]
    judge(lambda k: kept[k], sizes(lambda h: (h != 0).any(axis=0)), given, mistakes)

    def answers(weights, biases, x):
        """Return the probabilities on the given images, and on others."""
        others = np.random.default_rng(4).normal(size=x.shape)
        return tuple(_relu_network(part, weights, biases)[-1] for part in (x, others))

    def right(k):
        x, weights, biases = cases[k]
        live = [(h != 0).any(axis=0) for h in _relu_network(x, weights, biases)[1:-1]]
        live = [np.full(x.shape[1], True), *live, np.full(weights[-1].shape[1], True)]
        fewer = [W[rows][:, columns] for W, rows, columns in zip(weights, live, live[1:])]
        return answers(fewer, [b[columns] for b, columns in zip(biases, live[1:])], x)

    wrong = {
        "The numbers of units are right, but the probabilities have changed. Are column, bias and "
        "row of the *same* unit taken out, and nothing else changed?": When(lambda found, k: True)
    }
    judge(lambda k: answers(*reduced[k], cases[k][0]), right, given, wrong)
    copies = copy.deepcopy(cases[0])
    answer(*copies)
    pairs = zip([copies[0], *copies[1], *copies[2]], [cases[0][0], *cases[0][1], *cases[0][2]])
    if any(np.shape(new) != old.shape or not np.array_equal(new, old) for new, old in pairs):
        raise NotYet("Your function changes arrays that it is given. Make new ones.")
    return (
        "A dead unit costs memory and time and adds nothing, so a network can be made smaller "
        "without a change in its answers; taking out what hardly matters, too, is called pruning."
    )


def _networks_with_dead_units() -> list[tuple]:
    """Return images, weights and biases of ReLU networks of several depths.

    But for one network, each hidden layer has a dead unit, and one that a single image makes
    active, which is not the first one.
    """
    rng = np.random.default_rng(4)
    cases = []
    for sizes in ([3, 4, 2], [5, 6, 4, 3], [4, 5, 5, 5, 3], [6, 5, 4], [4, 3]):
        x = rng.normal(size=(20, sizes[0]))
        weights = [rng.normal(0, 1, shape) for shape in itertools.pairwise(sizes)]
        biases = [rng.normal(0.5, 0.5, n) for n in sizes[1:]]
        h = x
        for W, b in zip(weights[:-1] if sizes[0] != 6 else (), biases):
            b[-2] -= (h @ W + b)[:, -2].max() + 0.5
            if np.argmax(h @ W[:, 0]) == 0:
                W[:, 0] *= -1
            second, first = np.sort(h @ W[:, 0])[-2:]
            b[0] = min(0.05, (first - second) / 2) - first
            h = np.maximum(0, h @ W + b)
        biases[-1][0] = -100.0  # a class that is never the answer
        cases.append((x, weights, biases))
    return cases


def _relu_network(x: np.ndarray, weights: list, biases: list) -> list[np.ndarray]:
    """Return the outputs of all layers, x included."""
    h = [x]
    for W, b in zip(weights[:-1], biases):
        h.append(np.maximum(0, h[-1] @ W + b))
    return [*h, softmax(h[-1] @ weights[-1] + biases[-1])]


def _sizes(x: np.ndarray, weights: list, biases: list, lives: Callable, layers: int = 99) -> list:
    """Return how many units each layer keeps if ``lives`` says which, in the first layers only."""
    hidden = _relu_network(x, weights, biases)[1:-1]
    kept = [lives(h).sum() if i < layers else h.shape[1] for i, h in enumerate(hidden)]
    return [*kept, weights[-1].shape[1]]


def _reduced(answer: object, x: np.ndarray, weights: list, biases: list) -> tuple[list, list]:
    """Return the lists that the answer gives, whose arrays fit together."""
    result = call(answer, x, weights, biases)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise NotYet(f"Return two lists, `weights, biases`, not {describe(result)}.")
    for name, given, old in zip(("weights", "biases"), result, (weights, biases)):
        if not isinstance(given, tuple | list) or len(given) != len(old):
            raise NotYet(
                f"`{name}` must be a list of {len(old)} arrays, as before, not {describe(given)}."
            )
    fewer = [[np.asarray(array) for array in part] for part in result]
    n_in = x.shape[1]
    for i, (W, b) in enumerate(zip(*fewer), start=1):
        if W.ndim != 2 or b.ndim != 1:
            raise NotYet(
                f"In layer {i}, the weights must be a matrix and the biases one row of numbers, "
                f"not arrays of the shapes {W.shape} and {b.shape}."
            )
        if len(W) != n_in:
            before = f"layer {i - 1} has {n_in} units" if i > 1 else f"`x` has {n_in} columns"
            raise NotYet(
                f"The weights of layer {i} have {len(W)} rows, but {before}. A unit that goes is "
                "missing in two matrices."
            )
        if b.shape != (W.shape[1],):
            raise NotYet(f"Layer {i} has {W.shape[1]} columns of weights, but {len(b)} biases.")
        n_in = W.shape[1]
    return tuple([numbers(array, array.shape) for array in part] for part in fewer)


def exercise_5(answer: object) -> str:
    """Weights scaled so that each layer's z has the standard deviation 1: (weights, x, sigma)."""

    def rule(sd=np.std, through=lambda h, z, new, sigma: sigma(new), last=True):
        """Make a function that scales, perhaps with a mistake."""

        def scaled(weights, x, sigma):
            h, result = x, []
            for i, W in enumerate(weights):
                z = h @ W
                result.append(W / sd(z) if last or i < len(weights) - 1 else W)
                h = through(h, z, h @ result[-1], sigma)
            return tuple(result)

        return scaled

    mistakes = {
        "You divide by the variance. Its root is the standard deviation.": rule(np.var),
        "You multiply. To make z smaller, the weights must be divided.": rule(
            lambda z: 1 / np.std(z)
        ),
        "You divide each unit by its own standard deviation. Take one number for the layer.": rule(
            lambda z: z.std(axis=0)
        ),
        "This is the root of the mean square. Where the mean of z is not 0, the standard deviation "
        "is smaller.": rule(lambda z: np.sqrt(np.mean(z**2))),
        "You divide by the standard deviation of the layer's output. Asked is that of z.": (
            _scaled_by_output
        ),
        "The next layer gets what the layer put out *before* its weights were divided.": rule(
            through=lambda h, z, new, sigma: sigma(z)
        ),
        "The next layer gets z. It must get what the layer puts out: `sigma` of it.": rule(
            through=lambda h, z, new, sigma: new
        ),
        "Each layer is fed with `x`. From the second layer on, what goes in is what the layer "
        "before puts out.": rule(through=lambda h, z, new, sigma: h),
        "The last layer is left as it was. It has a z, too.": rule(last=False),
        "You divide by the standard deviation of the weights. Asked is that of z.": (
            lambda weights, x, sigma: tuple(W / W.std() for W in weights)
        ),
    }

    def relu(z):
        return np.maximum(0, z)

    def sigmoid(z):
        return 0.5 * (1 + np.tanh(0.5 * z))

    rng = np.random.default_rng(5)
    cases = []
    # All layers but the last have as many units as inputs, so that x fits where h belongs.
    for sizes in ([3, 3, 2], [5, 4], [8] * 4 + [3], [16] * 9):
        for sigma in (np.tanh, relu, sigmoid):
            shapes = itertools.pairwise(sizes)
            weights = [rng.normal(0, rng.uniform(0.1, 3), shape) for shape in shapes]
            cases.append((weights, rng.uniform(0, 2, (12, sizes[0])), sigma))
    judge(answer, rule(), cases, mistakes)
    weights, x, sigma = copy.deepcopy(cases[0])
    answer(weights, x, sigma)
    if not all(map(np.array_equal, weights, cases[0][0])) or not np.array_equal(x, cases[0][1]):
        raise NotYet("Your function changes the arrays that it is given. Make new ones.")
    return (
        "What is measured needs no assumption about the activation function, or about the data: "
        "the signal arrives at the last layer as strong as it began. Is it so for the gradient?"
    )


def _scaled_by_output(weights: list, x: np.ndarray, sigma: Callable) -> tuple:
    h, result = x, []
    for W in weights:
        result.append(W / np.std(sigma(h @ W)))
        h = sigma(h @ result[-1])
    return tuple(result)
