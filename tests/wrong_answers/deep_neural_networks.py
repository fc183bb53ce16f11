"""Plausible wrong answers to the exercises of notebook 04, each with a part of its hint.

For each cell: code that stands in the place of the answer (the test adds the notebook's own line
with `check`), and words that the hint must contain.
"""

from tests.wrong_answers import changed

PREDICT = "sigmoid_glorot, doubled_weights, relu_double_variance = "

SHORTCUTS = """
def build_with_shortcuts(depth):
    inputs = layers.Input((784,))
    h = layers.Dense(64, activation="sigmoid")(inputs)
    for _ in range(depth - 1):
        h = layers.add([h, layers.Dense(64, activation="sigmoid")(h)])
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
"""

WITHOUT_DEAD = """
def without_dead_units(x, weights, biases):
    h, alive, fewer_W, fewer_b = x, np.full(x.shape[1], True), [], []
    for W, b in zip(weights[:-1], biases[:-1]):
        h = relu(h @ W + b)
        now = (h > 0).any(axis=0)
        fewer_W.append(W[alive][:, now])
        fewer_b.append(b[now])
        alive = now
    return [*fewer_W, weights[-1][alive]], [*fewer_b, biases[-1]]
"""

SCALED = """
def scaled(weights, x, sigma):
    h, result = x, []
    for W in weights:
        new = W / (h @ W).std()
        result.append(new)
        h = sigma(h @ new)
    return result
"""

DENSE = 'layers.Dense(64, activation="sigmoid")(h)'
OUTPUT = 'layers.Dense(10, activation="softmax")'


WRONG = {
    "exercise-1-answer": [
        (PREDICT + "0.25**30, 0.5**30, 2**15", "`sigmoid_glorot`: off by one"),
        (PREDICT + "4**29, 2**29, 2**14.5", "this is the inverse"),
        (PREDICT + "0.25**29, 0.5**29, 2**29", "the *variance* is doubled"),
        (PREDICT + "0.25 * 29, 0.5**29, 2**14.5", "they do not add up"),
        (PREDICT + "0.25, 0.5, 1.41", "the factor of one layer"),
        (PREDICT + "0.25**29, -(0.5**29), 2**14.5", "be it ever so small"),
    ],
    "exercise-2-answer": [
        (
            "def leaky_sd(n_in, n_out, a):\n    return (1 / (n_out * (1 + a**2))) ** 0.5",
            "where is the half?",
        ),
        (
            "def leaky_sd(n_in, n_out, a):\n    return (1 / (n_out * ((1 + a) / 2) ** 2)) ** 0.5",
            "You square the mean slope",
        ),
        (
            "def leaky_sd(n_in, n_out, a):\n    return 2 / (n_in * (1 + a * a))",
            "Two things: this is a variance",
        ),
    ],
    "exercise-3-answer": [
        (changed(SHORTCUTS, ("layers.add([h, ", "("), (")(h)])", ")(h))")), "no shortcut yet"),
        (
            changed(
                SHORTCUTS,
                (
                    'layers.add([h, layers.Dense(64, activation="sigmoid")(h)])',
                    'layers.Activation("sigmoid")(layers.add([h, layers.Dense(64)(h)]))',
                ),
            ),
            "You add before the sigmoid",
        ),
        (changed(SHORTCUTS, ("depth - 1", "depth")), "one hidden layer too many"),
        (
            changed(
                SHORTCUTS,
                ("    for _", '    dense = layers.Dense(64, activation="sigmoid")\n    for _'),
                ('layers.Dense(64, activation="sigmoid")(h)])', "dense(h)])"),
            ),
            "not one that is called again",
        ),
        (changed(SHORTCUTS, ("layers.add(", "layers.concatenate(")), "`concatenate` puts"),
        (
            changed(
                SHORTCUTS,
                ("(inputs)\n", "(inputs)\n    first = h\n"),
                ("add([h,", "add([first,"),
            ),
            "Each shortcut begins at the first",
        ),
        (changed(SHORTCUTS, ('softmax")(h)', 'softmax")')), "raised"),
        (changed(SHORTCUTS, ("layers.add(", "layers.average(")), "You average"),
        (
            changed(
                SHORTCUTS,
                ('layers.Dense(64, activation="sigmoid")(inputs)', "inputs"),
                ("depth - 1", "depth"),
            ),
            "784 and 64 numbers cannot be added",
        ),
        (
            changed(
                SHORTCUTS,
                ('= layers.Dense(64, activation="sigmoid")(inputs)', "= inputs"),
                ("depth - 1", "depth"),
                (
                    'layers.add([h, layers.Dense(64, activation="sigmoid")(h)])',
                    "h + layers.Dense(64)(h)",
                ),
            ),
            "the first hidden layer has no shortcut",
        ),
        (
            changed(
                SHORTCUTS,
                (
                    'h = layers.add([h, layers.Dense(64, activation="sigmoid")(h)])',
                    'h = layers.Dense(64, activation="sigmoid")(h)\n        h = layers.add([h, h])',
                ),
            ),
            "the h from *before* the layer?",
        ),
        (
            changed(SHORTCUTS, ('"sigmoid")', '"sigmoid", use_bias=False)')),
            "Each layer needs its bias",
        ),
        (
            changed(SHORTCUTS, ("add([h,", 'add([layers.Dense(64, activation="sigmoid")(h),')),
            "make *one* new layer",
        ),
        (
            changed(
                SHORTCUTS,
                (
                    'layers.Dense(10, activation="softmax")(h)',
                    'layers.add([layers.Dense(10)(h), layers.Dense(10, activation="softmax")(h)])',
                ),
            ),
            "At the end stands one layer",
        ),
        (changed(SHORTCUTS, (', activation="softmax"', "")), "must give probabilities"),
        (changed(SHORTCUTS, ('"sigmoid")(h)', '"tanh")(h)')), "not those of the formula"),
        # What acts in training only, whatever it is and wherever it stands.
        (
            changed(
                SHORTCUTS, ("layers.add(", "layers.Dropout(0.2)(layers.add("), ("(h)])", "(h)]))")
            ),
            "In training, `Dropout` changes",
        ),
        (
            changed(SHORTCUTS, (f"{OUTPUT}(h)", f"{OUTPUT}(layers.Dropout(0.5)(h))")),
            "In training, `Dropout` changes",
        ),
        (
            changed(SHORTCUTS, ("(inputs)\n", "(layers.GaussianNoise(0.1)(inputs))\n")),
            "In training, `GaussianNoise` changes",
        ),
        (
            changed(SHORTCUTS, (OUTPUT, 'layers.Dense(10, "softmax", kernel_regularizer="l2")')),
            "A penalty is added",
        ),
        (
            changed(SHORTCUTS, (DENSE, 'layers.Dense(64, "sigmoid", trainable=False)(h)')),
            "Is a layer frozen?",
        ),
        (
            changed(SHORTCUTS, ("add([h,", "add([keras.ops.stop_gradient(h),")),
            "or that stops the gradient?",
        ),
        (
            changed(SHORTCUTS, ('"sigmoid")', '"sigmoid", kernel_initializer="zeros")')),
            "begin with the same number",
        ),
        # A layer with arrays of another kind.
        (
            changed(SHORTCUTS, ("add([h,", "add([layers.BatchNormalization()(h),")),
            "those of a normalisation layer?",
        ),
        (
            changed(
                SHORTCUTS, ("    return", "    h = layers.LayerNormalization()(h)\n    return")
            ),
            "those of a normalisation layer?",
        ),
        (
            changed(SHORTCUTS, ("layers.Dense(64", "layers.Dense(32")),
            "must have the shape (784, 64)",
        ),
    ],
    "exercise-4-answer": [
        (changed(WITHOUT_DEAD, ("(h > 0).any", "(h >= 0).any")), "Nothing is taken out yet"),
        (changed(WITHOUT_DEAD, ("(h > 0).any", "(h == 0).all")), "the units that live, and keep"),
        (changed(WITHOUT_DEAD, ("(h > 0).any", "(h > 0).all")), "0 for *some* image"),
        (changed(WITHOUT_DEAD, ("(h > 0).any(axis=0)", "h[0] > 0")), "the first image only"),
        (
            changed(WITHOUT_DEAD, ("(h > 0).any(axis=0)", "(h > 0).any(axis=0) | bool(fewer_W)")),
            "What about the others?",
        ),
        (
            changed(
                WITHOUT_DEAD,
                ("weights[:-1], biases[:-1]", "weights, biases"),
                ("[*fewer_W, weights[-1][alive]], [*fewer_b, biases[-1]]", "fewer_W, fewer_b"),
            ),
            "Each class needs its unit",
        ),
        (changed(WITHOUT_DEAD, ("= relu(h @ W + b)", "= h @ W + b")), "through ReLU?"),
        (
            changed(WITHOUT_DEAD, ("(h > 0).any(axis=0)", "h.mean(axis=0) > 0.01")),
            "not right in every layer",
        ),
        (changed(WITHOUT_DEAD, ("W[alive][:, now]", "W[:, now]")), "missing in two matrices"),
        (changed(WITHOUT_DEAD, ("weights[-1][alive]", "weights[-1]")), "missing in two matrices"),
        (changed(WITHOUT_DEAD, ("append(b[now])", "append(b)")), "columns of weights, but"),
        (
            changed(WITHOUT_DEAD, ("append(b[now])", "append(b[: now.sum()])")),
            "but the probabilities have changed",
        ),
        (
            changed(WITHOUT_DEAD, ("    return [*f", "    x *= 0\n    return [*f")),
            "changes arrays that it is given",
        ),
        (changed(WITHOUT_DEAD, (", [*fewer_b, biases[-1]]", "")), "`weights` must be a list of 2"),
        (
            changed(WITHOUT_DEAD, ("[*fewer_b, biases[-1]]", "fewer_b")),
            "must be a list of 2 arrays",
        ),
        (changed(WITHOUT_DEAD, ("append(b[now])", "append(b[None, now])")), "one row of numbers"),
    ],
    "exercise-5-answer": [
        (changed(SCALED, (".std()", ".var()")), "You divide by the variance"),
        (changed(SCALED, ("W / (h", "W * (h")), "You multiply"),
        (changed(SCALED, (".std()", ".std(axis=0)")), "Take one number for the layer"),
        (
            changed(SCALED, ("(h @ W).std()", "np.sqrt(np.mean((h @ W) ** 2))")),
            "the root of the mean square",
        ),
        (changed(SCALED, ("(h @ W).std()", "sigma(h @ W).std()")), "of the layer's output"),
        (changed(SCALED, ("h = sigma(h @ new)", "h = sigma(h @ W)")), "*before* its weights"),
        (changed(SCALED, ("h = sigma(h @ new)", "h = h @ new")), "The next layer gets z"),
        (changed(SCALED, ("        h = sigma(h @ new)\n", "")), "Each layer is fed with `x`"),
        (
            changed(SCALED, ("    return result", "    return [*result[:-1], weights[-1]]")),
            "The last layer is left",
        ),
        (changed(SCALED, ("(h @ W).std()", "W.std()")), "standard deviation of the weights"),
        (
            changed(SCALED, ("new = W / (h @ W).std()", "W /= (h @ W).std()\n        new = W")),
            "changes the arrays",
        ),
        (changed(SCALED, ("    return result", "    return result[-1]")), "must be"),
    ],
}
