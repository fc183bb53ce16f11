"""Plausible wrong answers to the exercises of notebook 05, each with a part of its hint.

For each cell: code that stands in the place of the answer (the test adds the notebook's own line
with `check`), and words that the hint must contain.
"""

from tests.wrong_answers import changed

LOOP = """
def repaired(x_train, y_train, x_val, y_val, x_test, y_test):
    order = np.random.default_rng(seed()).permutation(len(x_train))
    x_train, y_train = x_train[order], y_train[order]
    x_train, x_val, x_test = (x.reshape(len(x), 784) / 255 for x in (x_train, x_val, x_test))
    network = keras.Sequential([layers.Input((784,))])
    network.add(layers.Dense(128, activation="relu"))
    network.add(layers.Dense(64, activation="relu"))
    network.add(layers.Dense(10, activation="softmax"))
    network.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = network.fit(
        x_train, y_train, batch_size=256, epochs=3, validation_data=(x_val, y_val), verbose=0
    )
    _, test_accuracy = network.evaluate(x_test, y_test, verbose=0)
    return history, test_accuracy
"""

WALK = """
def walk(gradient, w, learning_rate, alpha, num_steps, look_ahead):
    v = 0
    path = [w]
    for _ in range(num_steps):
        g = gradient(w + alpha * v) if look_ahead else gradient(w)
        v = alpha * v - learning_rate * g
        w = w + v
        path.append(w)
    return path
"""

STOP = """
def train_until_best(network, patience, max_epochs):
    best_loss, best_weights, waited, epoch = np.inf, None, 0, 0
    while epoch < max_epochs and waited < patience:
        network.train_epoch()
        epoch += 1
        loss = network.validation_loss()
        if loss < best_loss:
            best_loss, waited = loss, 0
            best_weights = [w.copy() for w in network.weights]
        else:
            waited += 1
    return best_weights, epoch
"""

BY_HAND = """
def train_by_hand(x, y, sizes, epochs, batch_size, rate, rng):
    weights = [rng.normal(0, (2 / a) ** 0.5, (a, b)) for a, b in zip(sizes, sizes[1:])]
    biases = [np.zeros(b) for b in sizes[1:]]
    memory = [({}, {}) for _ in weights]
    t = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for i in range(0, len(x), batch_size):
            batch = order[i : i + batch_size]
            dW, db, _ = backpropagate(x[batch], y[batch], weights, biases, relu, relu_slope)
            t += 1
            for k, (for_W, for_b) in enumerate(memory):
                weights[k] = adam(weights[k], dW[k], t, for_W, rate)
                biases[k] = adam(biases[k], db[k], t, for_b, rate)
    return weights, biases
"""

EVALUATE = "_, test_accuracy = network.evaluate(x_test, y_test, verbose=0)"
WATCH = (
    "keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: "
    "network.evaluate(x_test, y_test, verbose=0))"
)
FUNCTIONAL = """
    inputs = layers.Input((28, 28))
    h = layers.Rescaling(255 / 255)(layers.Flatten()(inputs))
    h = layers.Dense(128, activation="relu")(h)
    h = layers.ReLU()(layers.Dense(64)(h))
    network = keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
    x_train, x_val, x_test = (x.reshape(-1, 28, 28) for x in (x_train, x_val, x_test))
"""


WRONG = {
    "exercise-1-answer": [
        (changed(WALK, ("w = w + v", "w += v")), "All rows are equal"),
        (changed(WALK, ("w = w + v", "w += v"), ("append(w)", "append(w.copy())")), "first row"),
        (
            changed(
                WALK,
                ("w = w + v", "w += v"),
                ("append(w)", "append(w.copy())"),
                ("[w]", "[w.copy()]"),
            ),
            "that was given is changed",
        ),
        (changed(WALK, ("[w]", "[]")), "The start is missing"),
        (changed(WALK, ("range(num_steps)", "range(num_steps - 1)")), "The last step is missing"),
        (changed(WALK, ("return path", "return w")), "after *each* step"),
        (changed(WALK, ("append(w)", "append(v)"), ("[w]", "[]")), "These are the velocities"),
        (changed(WALK, ("v = alpha * v - l", "v = -l")), "The old v is never used"),
        (changed(WALK, ("v - learning", "v + learning")), "rolls uphill"),
        (changed(WALK, ("rate * g", "rate * (1 - alpha) * g")), "You average the gradients"),
        (changed(WALK, ("v = alpha * v", "v = v")), "without friction"),
        (changed(WALK, ("learning_rate * g", "g")), "ε is missing"),
        (changed(WALK, ("v = alpha * v", "v = 0.9 * v"), ("w + alpha", "w + 0.9")), "α is 0.9"),
        (
            changed(WALK, (" if look_ahead else gradient(w)", "")),
            "also where `look_ahead` is False",
        ),
        (changed(WALK, ("if look", "if not look")), "and not where it is True"),
        (changed(WALK, ("gradient(w + alpha * v)", "gradient(w)")), "It must be that at w + α v"),
        (changed(WALK, ("w + alpha * v", "w - alpha * v")), "You look back"),
        (changed(WALK, ("w + alpha * v", "w + v")), "v fades first"),
        (
            """
def walk(gradient, w, learning_rate, alpha, num_steps, look_ahead):
    v = 0
    path = [w]
    for _ in range(num_steps):
        g = gradient(w)
        v = alpha * v - learning_rate * g
        w = w + alpha * v - learning_rate * g if look_ahead else w + v
        path.append(w)
    return path
""",
            "Keras keeps those",
        ),
        (changed(WALK, ("alpha * v - learning", "alpha * v**2 - learning")), "For `walk("),
        (changed(WALK, ("w = w + v", "w = w - v")), "For `walk("),
    ],
    "exercise-2-answer": [
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    keep = rng.random(h.shape) >= rate if training else 1
    return h * keep, gradient * keep
""",
            "What keeps the expected value?",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (rng.random(h.shape) < rate) / rate if training else 1
    return h * factors, gradient * factors
""",
            "You keep what should be dropped",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (rng.random(h.shape[1]) >= rate) / (1 - rate) if training else 1
    return h * factors, gradient * factors
""",
            "Whole rows or columns are dropped",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    rng = np.random.default_rng(seed())
    factors = (rng.random(h.shape) >= rate) / (1 - rate) if training else 1
    return h * factors, gradient * factors
""",
            "not from one that begins anew",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (np.random.rand(*h.shape) >= rate) / (1 - rate) if training else 1
    return h * factors, gradient * factors
""",
            "from the `rng` that the function is given",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (rng.random(h.shape) >= rate) / (1 - rate) if training else 1
    return h * factors, gradient
""",
            "The gradient passes unchanged",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    keep = rng.random(h.shape) >= rate
    return h * keep / (1 - rate), gradient * keep
""",
            "the factor of those that are kept",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    output = h * (rng.random(h.shape) >= rate) / (1 - rate)
    return output, gradient * (rng.random(h.shape) >= rate) / (1 - rate)
""",
            "neither draw again nor",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    output = h * (rng.random(h.shape) >= rate) / (1 - rate)
    return output, gradient * (output > 0) / (1 - rate)
""",
            "nor guess it from the output",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    output = h * (rng.random(h.shape) >= rate) / (1 - rate)
    return output, gradient * (output != 0) / (1 - rate)
""",
            "Where h is 0, a kept unit passes its gradient",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    output = h * (rng.random(h.shape) >= rate) / (1 - rate)
    return output, gradient * output / h
""",
            "not the zeros of the output",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    if training:
        factors = (rng.random(h.shape) >= rate) / (1 - rate)
        return h * factors, gradient * factors
""",
            "With `training=False` it returns None",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (rng.random(h.shape) >= rate) / (1 - rate)
    return h * factors, gradient * factors
""",
            "With `training=False`, the output must stay",
        ),
        (
            """
def dropout_layer(h, gradient, rate, rng, training):
    factors = (rng.random(h.shape) >= rate) / (1 - rate) if training else 1 - rate
    return h * factors, gradient * factors
""",
            "With `training=False`, the output must stay",
        ),
    ],
    "exercise-3-answer": [
        (changed(STOP, ("[w.copy() for w in network.weights]", "network.weights")), "[w.copy()"),
        (
            changed(STOP, ("[w.copy() for w in network.weights]", "list(network.weights)")),
            "in place",
        ),
        (changed(STOP, ("waited < patience", "waited <= patience")), "one epoch too late"),
        (
            changed(
                STOP,
                (" and waited < patience", ""),
                (
                    "waited += 1\n",
                    "waited += 1\n        if waited >= patience - 1:\n            break\n",
                ),
            ),
            "one epoch too early",
        ),
        (changed(STOP, ("best_loss, waited = loss, 0", "best_loss = loss")), "epochs *in a row*"),
        (changed(STOP, ("loss < best_loss", "loss <= best_loss")), "is no improvement"),
        (
            changed(STOP, (" and waited < patience", "")),
            "You never stop before",
        ),
        (
            changed(STOP, ("return best_weights, epoch", "return best_weights, epoch - waited")),
            "not the best epoch",
        ),
        (
            changed(
                STOP,
                ("            best_loss, waited = loss, 0\n", "            waited = 0\n"),
                (
                    "            waited += 1\n",
                    "            waited += 1\n        best_loss = loss\n",
                ),
            ),
            "Compare it with the best so far",
        ),
        (changed(STOP, ("return best_weights, epoch", "return best_weights")), "Return two values"),
        (
            changed(STOP, ("return best_weights, epoch", "return best_loss, epoch")),
            "list of arrays",
        ),
        (
            changed(STOP, ("= np.inf,", "= network.validation_loss(),")),
            "The untrained network takes part",
        ),
        (
            changed(
                STOP,
                (
                    "= np.inf, None,",
                    "= network.validation_loss(), [w.copy() for w in network.weights],",
                ),
            ),
            "begin with `np.inf`",
        ),
        (changed(STOP, ("= np.inf,", "= 0,")), "no epoch counted as the best"),
        (
            changed(
                STOP,
                ("epoch < max_epochs and waited < patience", "waited < patience"),
                ("        network.train_epoch()\n", ""),
                ("loss < best_loss", "loss <= best_loss"),
            ),
            "again and again, without train_epoch()",
        ),
        (changed(STOP, ("loss < best_loss", "loss < best_loss - 0.01")), "without a margin"),
        (changed(STOP, ("loss < best_loss", "loss < best_loss - 0.02")), "without a margin"),
        (changed(STOP, ("loss < best_loss", "loss < best_loss - 1e-4")), "without a margin"),
        (changed(STOP, ("loss < best_loss", "loss < 0.999 * best_loss")), "without a margin"),
        (
            changed(STOP, ("= network.validation_loss()", "= round(network.validation_loss(), 2)")),
            "without rounding",
        ),
    ],
    "exercise-4-answer": [
        (
            changed(
                LOOP,
                (
                    "x_train[order], y_train[order]",
                    "x_train[order], np.random.default_rng(1).permutation(y_train)",
                ),
            ),
            "labels that belong to other images",
        ),
        (changed(LOOP, (" / 255 for", " for")), "What does the notebook do to the pixels?"),
        (
            changed(
                LOOP,
                (" / 255 for", " for"),
                ("    network = keras", "    x_train = x_train / 255\n    network = keras"),
            ),
            "The validation images are not scaled",
        ),
        (
            changed(
                LOOP,
                (
                    " / 255 for x in (x_train, x_val, x_test))",
                    " / 255 for x in (x_train, x_val, x_test))\n    x_test = 255 * x_test",
                ),
            ),
            "The test images are not scaled",
        ),
        (changed(LOOP, (', activation="relu"', "")), "no deeper than logistic regression"),
        (changed(LOOP, (', activation="softmax"', "")), "The loss expects probabilities"),
        (
            changed(
                LOOP,
                (
                    '"sparse_categorical_crossentropy"',
                    "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
                ),
            ),
            "Softmax twice",
        ),
        (changed(LOOP, ("=(x_val, y_val)", "=(x_test, y_test)")), "must stay untouched"),
        (changed(LOOP, ("=(x_val, y_val)", "=(x_train, y_train)")), "Validate on `x_val`"),
        (changed(LOOP, (" / 255", " // 255")), "`//` throws the fraction away"),
        (changed(LOOP, ('(128, activation="relu")', "(128)")), "still has no ReLU"),
        (changed(LOOP, ('(64, activation="relu")', "(64)")), "still has no ReLU"),
        (changed(LOOP, ('"relu"', '"sigmoid"')), "Keep the sizes 128 and 64"),
        (changed(LOOP, ('(64, activation="relu")', '(64, activation="tanh")')), "Keep the sizes"),
        (changed(LOOP, ('"adam"', '"rmsprop"')), "ReLU and Adam, as in the notebook"),
        (changed(LOOP, ('"adam"', '"sgd"')), "ReLU and Adam, as in the notebook"),
        (
            changed(LOOP, ('"adam"', "keras.optimizers.Adam(1.0)")),
            "Keep Adam as it was",
        ),
        (
            changed(
                LOOP,
                (
                    'network.add(layers.Dense(10, activation="softmax"))',
                    "network.add(layers.Dropout(0.3))\n"
                    '    network.add(layers.Dense(10, activation="softmax"))',
                ),
            ),
            "a layer such as Dropout",
        ),
        (changed(LOOP, ("_, test_accuracy", "test_accuracy, _")), "in which order?"),
        (
            changed(LOOP, ("return history, test_accuracy", "return history")),
            "Return two values, as before",
        ),
        (
            changed(
                LOOP,
                (
                    "return history, test_accuracy",
                    'return history, history.history["val_accuracy"][-1]',
                ),
            ),
            "is not the accuracy on the test images",
        ),
        (
            changed(
                LOOP, ("return history, test_accuracy", "return history.history, test_accuracy")
            ),
            "what `fit` has returned",
        ),
        (
            changed(
                LOOP,
                (
                    "    history = network.fit",
                    "    network.evaluate(x_test, y_test, verbose=0)\n    history = network.fit",
                ),
            ),
            "before the training is over",
        ),
        (
            changed(
                LOOP,
                (
                    "return history",
                    "test_accuracy = network.evaluate(x_test, y_test, verbose=0)[1]\n"
                    "    return history",
                ),
            ),
            "more than once",
        ),
        (
            changed(
                LOOP,
                ("validation_data=", f"callbacks=[{WATCH}], validation_data="),
            ),
            "before the training is over",
        ),
        (
            changed(
                LOOP,
                (
                    "    _, test_accuracy = network.evaluate(x_test, y_test, verbose=0)\n",
                    "    found = network.predict(x_val, verbose=0).argmax(axis=1)\n"
                    "    test_accuracy = np.mean(found == y_val)\n",
                ),
            ),
            "Evaluate the finished model on `x_test`",
        ),
        (
            changed(LOOP, ('    network.add(layers.Dense(64, activation="relu"))\n', "")),
            "Keep the sizes 128 and 64",
        ),
    ],
    "exercise-5-answer": [
        (changed(BY_HAND, ("(2 / a) ** 0.5", "2 / a")), "is He's *variance*"),
        (changed(BY_HAND, ("rng.normal(0, (2 / a) ** 0.5, (a, b))", "np.zeros((a, b))")), "equal"),
        (changed(BY_HAND, ("(2 / a)", "(2 / b)")), "You divide by the number of outputs"),
        (changed(BY_HAND, ("rng.normal", "np.random.normal")), "Draw the weights from the `rng`"),
        (changed(BY_HAND, ("dW[k],", "-dW[k],"), ("db[k],", "-db[k],")), "The sign is wrong"),
        (
            changed(
                BY_HAND,
                ("adam(weights[k], dW[k], t, for_W, rate)", "weights[k] - rate * dW[k]"),
                ("adam(biases[k], db[k], t, for_b, rate)", "biases[k] - rate * db[k]"),
            ),
            "This is plain gradient descent",
        ),
        (changed(BY_HAND, (", t, ", ", 1, ")), "Adam's t is 1 in every step"),
        (
            changed(
                BY_HAND,
                ("            t += 1\n", ""),
                ("permutation(len(x))\n", "permutation(len(x))\n        t += 1\n"),
            ),
            "Adam's t counts the epochs",
        ),
        (
            changed(
                BY_HAND,
                ("permutation(len(x))\n", "permutation(len(x))\n        t = 0\n"),
            ),
            "begins anew in each epoch",
        ),
        (
            changed(
                BY_HAND,
                (
                    "permutation(len(x))\n",
                    "permutation(len(x))\n        memory = [({}, {}) for _ in weights]\n",
                ),
            ),
            "memory is emptied in each epoch",
        ),
        (
            changed(BY_HAND, ("t, for_b, rate", "t, for_W, rate")),
            "Do both share one `state`",
        ),
        (
            changed(
                BY_HAND,
                (
                    "range(0, len(x), batch_size)",
                    "range(0, len(x) // batch_size * batch_size, batch_size)",
                ),
            ),
            "The last batch of an epoch is left out",
        ),
        (
            changed(BY_HAND, ("for_W, rate", "{}, rate"), ("for_b, rate", "{}, rate")),
            "memory is empty",
        ),
        (
            changed(BY_HAND, ("[({}, {}) for _ in weights]", "[({}, {})] * len(weights)")),
            "a dictionary `state` of its own",
        ),
        (
            changed(
                BY_HAND,
                ("            t += 1\n            for", "            for"),
                ("for_b, rate)\n", "for_b, rate)\n            t += 1\n"),
            ),
            "the first step is t = 1",
        ),
        (
            changed(BY_HAND, ("y[batch], weights", "y[i : i + batch_size], weights")),
            "do images and labels stay together?",
        ),
        (
            changed(BY_HAND, ("adam(biases[k], db[k], t, for_b, rate)", "biases[k]")),
            "The biases never change",
        ),
        (changed(BY_HAND, ("rng.permutation(len(x))", "np.arange(len(x))")), "the order of `x`"),
        (
            changed(
                BY_HAND,
                (
                    "x[batch], y[batch], weights",
                    "x[i : i + batch_size], y[i : i + batch_size], weights",
                ),
            ),
            "take the batches from it",
        ),
        (
            changed(
                BY_HAND,
                ("        order = rng.permutation(len(x))\n", ""),
                ("    t = 0\n", "    t = 0\n    order = rng.permutation(len(x))\n"),
            ),
            "The batches are the same in each epoch",
        ),
        (changed(BY_HAND, ("= rng.perm", "= np.random.perm")), "Shuffle with the `rng`"),
        (
            changed(
                BY_HAND,
                ("    t = 0\n", "    t = 0\n    own = np.random.default_rng(seed())\n"),
                ("= rng.permutation", "= own.permutation"),
            ),
            "Shuffle with the `rng`",
        ),
        (changed(BY_HAND, ("x[batch], y[batch], w", "x, y, w")), "You train with all examples"),
        (
            changed(
                BY_HAND,
                (
                    "order[i : i + batch_size]",
                    "rng.choice(len(x), min(batch_size, len(x) - i), False)",
                ),
            ),
            "each example must take part once",
        ),
        (
            changed(BY_HAND, ("range(0, len(x), batch_size)", "range(0, len(x) - 1, batch_size)")),
            "when it is a single example",
        ),
        (
            changed(
                BY_HAND,
                ("    weights = [rng.", "    own = np.random.default_rng(3)\n    weights = [own."),
            ),
            "Draw the weights from the `rng`",
        ),
        (
            changed(
                BY_HAND,
                (
                    "        for i in",
                    "        x[:], y[:] = x[order], y[order]\n"
                    "        order = np.arange(len(x))\n        for i in",
                ),
            ),
            "Your function changes `x` itself",
        ),
        (changed(BY_HAND, ("range(epochs)", "range(epochs + 1)")), "a step has been taken"),
    ],
}

# Right, but not what one would expect.
RIGHT = {
    "exercise-1-answer": [
        changed(WALK, ("return path", "return np.array(path)")),
        """
def walk(gradient, w, learning_rate, alpha, num_steps, look_ahead):
    path = np.empty((num_steps + 1, len(w)))
    path[0], v = w, np.zeros(len(w))
    for k in range(num_steps):
        v *= alpha
        v -= learning_rate * gradient(path[k] + v if look_ahead else path[k])
        path[k + 1] = path[k] + v
    return path
""",
        """
def walk(gradient, w, learning_rate, alpha, num_steps, look_ahead):
    path, before = [w], w
    for _ in range(num_steps):
        at = path[-1] + (alpha * (path[-1] - before) if look_ahead else 0)
        path, before = [*path, path[-1] + alpha * (path[-1] - before)], path[-1]
        path[-1] = path[-1] - learning_rate * gradient(at)
    return tuple(path)
""",
    ],
    "exercise-2-answer": [
        """
def dropout_layer(h, gradient, rate, rng, training):
    if not training:
        return h, gradient
    mask = rng.binomial(1, 1 - rate, size=h.shape)
    return h * mask / (1 - rate), gradient * mask / (1 - rate)
""",
    ],
    "exercise-3-answer": [
        """
def train_until_best(network, patience, max_epochs):
    losses, kept = [], []
    for epoch in range(max_epochs):
        network.train_epoch()
        losses.append(network.validation_loss())
        kept.append([np.array(w) for w in network.weights])
        if epoch - int(np.argmin(losses)) >= patience:
            break
    return kept[int(np.argmin(losses))], len(losses)
""",
    ],
    "exercise-4-answer": [
        changed(
            LOOP, (EVALUATE, "test_accuracy = np.mean(network.predict(x_test).argmax(1) == y_test)")
        ),
        changed(
            LOOP,
            (
                EVALUATE,
                "found = keras.ops.convert_to_numpy(network(x_test)).argmax(axis=1)\n"
                "    test_accuracy = float(np.mean(found == y_test))",
            ),
        ),
        changed(
            LOOP,
            (
                "x_train, y_train, batch_size=256,",
                "tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000).batch(256),",
            ),
            ("\ndef", "\nimport tensorflow as tf\n\ndef"),
        ),
        changed(
            LOOP,
            (
                "(x_val, y_val), verbose",
                "tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(9), verbose",
            ),
            (
                EVALUATE,
                "data = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(10)\n"
                "    test_accuracy = network.evaluate(data, verbose=0)[-1]",
            ),
            ("\ndef", "\nimport tensorflow as tf\n\ndef"),
        ),
        changed(
            LOOP,
            ("    network = keras.Sequential([layers.Input((784,))])\n", FUNCTIONAL),
            ('    network.add(layers.Dense(128, activation="relu"))\n', ""),
            ('    network.add(layers.Dense(64, activation="relu"))\n', ""),
            ('    network.add(layers.Dense(10, activation="softmax"))\n', ""),
        ),
        changed(
            LOOP,
            ("epochs=3, ", "epochs=3, callbacks=[keras.callbacks.EarlyStopping(patience=2)], "),
            ('"sparse_categorical_crossentropy"', '"categorical_crossentropy"'),
            ("x_train, y_train, batch", "x_train, np.eye(10)[y_train], batch"),
            ("(x_val, y_val)", "(x_val, np.eye(10)[y_val])"),
            ("evaluate(x_test, y_test", "evaluate(x_test, np.eye(10)[y_test]"),
        ),
    ],
    "exercise-5-answer": [
        changed(
            BY_HAND,
            (
                "rng.normal(0, (2 / a) ** 0.5, (a, b))",
                "rng.uniform(-1, 1, (a, b)) * (6 / a) ** 0.5",
            ),
            (
                "        for i in range(0, len(x), batch_size):",
                "        x, y = x[order], y[order]\n        for i in range(0, len(x), batch_size):",
            ),
            ("batch = order[i : i + batch_size]", "batch = slice(i, i + batch_size)"),
        ),
    ],
}
