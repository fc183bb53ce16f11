"""Plausible wrong answers to the exercises of notebook 03, each with a part of its hint.

For each cell: code that stands in the place of the answer (the test adds the notebook's own line
with `check`), and words that the hint must contain.
"""

FORWARD_TANH = """
def forward_tanh(x, parameters, activation):
    W1, b1, W2, b2 = parameters
    h = np.tanh(x @ W1 + b1)
    return h, activation(h @ W2 + b2)


"""
BACKWARD_TANH_ALONE = """
def forward_tanh(x, parameters, activation):
    W1, b1, W2, b2 = parameters
    h = sigmoid(x @ W1 + b1)
    return h, activation(h @ W2 + b2)


def backward_tanh(x, y, parameters, output):
    W1, b1, W2, b2 = parameters
    h = np.tanh(x @ W1 + b1)
    d2 = output.delta(y, output.activation(h @ W2 + b2))
    d1 = (d2 @ W2.T) * (1 - h**2)
    return [x.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum(axis=0)]
"""


def tanh(
    slope="(1 - h**2)",
    sigma="np.tanh",
    back="(h, activation(h @ W2 + b2))",
    call="forward_tanh",
    delta="output.delta(y, y_hat)",
    end="delta1.sum(0)",
):
    """Return an answer to exercise 5, with a line changed."""
    return f"""
def forward_tanh(x, parameters, activation):
    W1, b1, W2, b2 = parameters
    h = {sigma}(x @ W1 + b1)
    return {back}


def backward_tanh(x, y, parameters, output):
    W1, b1, W2, b2 = parameters
    z1 = x @ W1 + b1
    h, y_hat = {call}(x, parameters, output.activation)
    delta2 = {delta}
    delta1 = (delta2 @ W2.T) * {slope}
    return [x.T @ delta1, {end}, h.T @ delta2, delta2.sum(axis=0)]
"""


FORWARD_DEEP_WITH = """
def forward_deep(x, parameters, activation):
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = sigmoid(x @ W1 + b1)
    h2 = sigmoid(h1 @ W2 + b2)
    {back}
"""
FORWARD_DEEP = FORWARD_DEEP_WITH.format(back="return h1, h2, activation(h2 @ W3 + b3)")


def deep(
    h2="sigmoid(h1 @ W2 + b2)",
    y_hat="output.activation(h2 @ W3 + b3)",
    delta3="output.delta(y, y_hat)",
    delta2="(delta3 @ W3.T) * h2 * (1 - h2)",
    delta1="(delta2 @ W2.T) * h1 * (1 - h1)",
    forward="return h1, h2, activation(h2 @ W3 + b3)",
    back="[x.T @ delta1, sum(delta1), h1.T @ delta2, sum(delta2), h2.T @ delta3, sum(delta3)]",
):
    """Return an answer to exercise 6, with a line changed."""
    return f"""
{FORWARD_DEEP_WITH.format(back=forward)}

def backward_deep(x, y, parameters, output):
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = sigmoid(x @ W1 + b1)
    h2 = {h2}
    y_hat = {y_hat}
    delta3 = {delta3}
    delta2 = {delta2}
    delta1 = {delta1}
    return {back}
"""


def batches(
    first="",
    epoch="order = rng.permutation(len(x))",
    starts="range(0, len(x), batch_size)",
    batch="order[i : i + batch_size]",
    labels="y[batch]",
    step="parameters = [p - learning_rate * g for p, g in zip(parameters, found)]",
    end="    return parameters",
):
    """Return an answer to exercise 7, with a line changed."""
    return f"""
def train_batches(x, y, gradients, parameters, learning_rate, num_epochs, batch_size, rng):
    start = parameters
    {first}
    for _ in range(num_epochs):
        {epoch}
        for i in {starts}:
            batch = {batch}
            found = gradients(x[batch], {labels}, parameters)
            {step}
{end}
"""


WRONG = {
    "exercise-1-answer": [
        (
            "h2_bias, h1_bias, h1_weight = (0, 1, 1, 1), (1, 1, 1, 0), (0, 1, 0, 1)",
            "`h1_weight`: not right at (1, 1)",
        ),
        (
            "h2_bias, h1_bias, h1_weight = (0, 1, 1, 1), (1, 1, 1, 0), (0, 1, -1, 0)",
            "`h1_weight`: each answer is 0 or 1",
        ),
        ("h2_bias, h1_bias, h1_weight = 1, 1, 1", "`h2_bias` must be 4 numbers"),
        (
            "h2_bias, h1_bias, h1_weight = (0, 1, 1, 1), (1, 1, 1, 0), (1, 1, 0, 1)",
            "`h1_weight`: an earlier change is still in this network",
        ),
    ],
    "exercise-2-answer": [
        (
            "probabilities, kinds, first_change = (0, 1, 1, 0), (1, 4), 2",
            "this is what XOR asks for",
        ),
        (
            "probabilities, kinds, first_change = (0, 0, 0, 0), (1, 4), 2",
            "What does softmax make of two equal sums",
        ),
        (
            "probabilities, kinds, first_change = 4 * [0.5], (4, 4), 2",
            "`kinds`: with all ones, units that are all alike",
        ),
        (
            "probabilities, kinds, first_change = 4 * [0.5], (1, 1), 2",
            "Are these rows alike?",
        ),
        (
            "probabilities, kinds, first_change = 4 * [0.5], (1, 4), 0",
            "But does W2 stay zero",
        ),
    ],
    "exercise-3-answer": [
        ("W1, b1, W2, b2 = W1_xor, b1_xor, W2_xor, b2_xor", "With step functions this is right"),
        (
            "W1, b1, W2, b2 = [[1, 1], [1, 1]], [0, -1], [[1], [-1]], [0]",
            "ReLU does not stop at 1",
        ),
        ("W1, b1, W2, b2 = [[1, 1], [1, 1]], [0, 0], [[2], [-1]], [0]", "one side of its bend"),
        ("W1, b1, W2, b2 = [[1, 0], [1, 1]], [0, -1], [[1], [-2]], [0]", "one side of its bend"),
        (
            "W1, b1, W2, b2 = [[1, 1], [1, 1]], [0, -1], [[1], [-2]], [1]",
            "Only `b2` is wrong",
        ),
        ("W1, b1, W2, b2 = [[1, 1], [1, 1]], [0, -1], [[2], [-4]], [0]", "Nearly: the outputs"),
        ("W1, b1, W2, b2 = [[1, 1], [0, -1]], [0, 0], [[1], [1]], [0]", "At (0, 1) the hidden"),
        ("W1, b1, W2, b2 = [[1], [1]], [0], [[1]], [0]", "do not fit"),
        ("W1, b1, W2, b2 = 1e9 * np.ones((2, 2)), [0, 0], [[1], [-1]], [0]", "side of its bend"),
        (
            "W1, b1, W2, b2 = 1e9 * np.ones((2, 2)), [0, -1e9], [[1], [-1.9]], [0]",
            "Nearly: the outputs",
        ),
        (
            "W1, b1, W2, b2 = [[1, 1], [2, 2]], [0, -2], [[1], [-1]], [0]",
            "With `W1.T` this is right: a row for each input",
        ),
    ],
    "exercise-4-answer": [
        (
            """
def table_network(X, y):
    return X.T, 0.5 - X.sum(axis=1), y[:, None], np.array([-0.5])
""",
            "Which weight lets a 1 count *against*?",
        ),
        (
            """
def table_network(X, y):
    return (2 * X - 1).T, -X.sum(axis=1), y[:, None], np.array([-0.5])
""",
            "is exactly 0, and step(0) is 0. Put its threshold half-way",
        ),
        (
            """
def table_network(X, y):
    return (2 * X - 1).T, 0.5 - X.sum(axis=1), np.ones((len(X), 1)), np.array([-0.5])
""",
            "Where does y come in?",
        ),
        (
            """
def table_network(X, y):
    return 2 * X - 1, 0.5 - X.sum(axis=1), y[:, None], np.array([-0.5])
""",
            "Yours is the other way round",
        ),
        (
            """
def table_network(X, y):
    rows = X[y == 1]
    return 2 * rows - 1, 0.5 - rows.sum(axis=1), np.ones((len(rows), 1)), np.array([-0.5])
""",
            "the other way round",
        ),
        (
            """
def table_network(X, y):
    return W1_xor, b1_xor, W2_xor, b2_xor
""",
            "do not fit",
        ),
        (
            """
def table_network(X, y):
    return (2 * X - 1).T, 1.5 - X.sum(axis=1), y[:, None], np.array([-0.5])
""",
            "hidden units fire there",
        ),
    ],
    "exercise-5-answer": [
        (tanh(slope="(1 - z1**2)"), "put in h, not the sum z1"),
        (tanh(delta="output.delta(y_hat, y)"), "The sign is wrong"),
        (tanh(delta="output.delta(y, y_hat) ** 2"), "No gradient is right"),
        (tanh(end="delta1.mean(0)"), "Right: W1, W2, b2. Not yet right: b1."),
        (
            f"""{FORWARD_TANH}
def backward_tanh(x, y, parameters, output):
    return finite_differences(x, y, parameters, output, forward_tanh)
""",
            "but they are finite differences",
        ),
        (tanh(end="delta1"), "The gradient of b1 must have the shape of b1"),
        (
            f"""{FORWARD_TANH}
def backward_tanh(x, y, parameters, output):
    return backward(x, y, parameters, output)[:2]
""",
            "Return 4 gradients",
        ),
        (
            f"""{FORWARD_TANH}
def backward_tanh(x, y, parameters, output):
    return backward(x, y, parameters, output)
""",
            "gives the gradients of the network with the logistic function",
        ),
        (tanh(call="forward"), "are those of the logistic function. Does it call `forward_tanh`?"),
        (BACKWARD_TANH_ALONE, "the hidden layer still has the logistic function"),
        (tanh(sigma="sigmoid"), "the hidden layer still has the logistic function"),
        (tanh(sigma=""), "the hidden layer lacks its activation function"),
        (tanh(back="h, h @ W2 + b2"), "the output layer lacks its `activation`"),
        (tanh(back="(activation(h @ W2 + b2), h)"), "the order is `h`, `y_hat`"),
        (tanh(back="activation(h @ W2 + b2)"), "the result must be 2 values"),
        (
            tanh(delta="output.delta(y, y_hat); parameters[0] -= 0.1"),
            "your function changes the `W1` that it is given",
        ),
        ("forward_tanh, backward_tanh = forward, backward", "still has the logistic function"),
    ],
    "exercise-6-answer": [
        (deep(y_hat="softmax(h2 @ W3 + b3)"), "has softmax, whatever the task"),
        (deep(delta3="(y_hat - y) / len(y)"), "whatever the task"),
        (
            deep(
                back="[g / len(x) for h, d in ((x, delta1), (h1, delta2), (h2, delta3)) "
                "for g in (h.T @ d, sum(d))]"
            ),
            "has the 1/n of the mean already",
        ),
        (deep(delta1="(delta3 @ W3.T @ W2.T) * h1 * (1 - h1)"), "so look at δ1 first"),
        (deep(delta1="(delta2 @ W2.T) * h2 * (1 - h2)"), "Two arrays do not fit"),
        (
            deep(
                back="[h2.T @ delta3, sum(delta3), h1.T @ delta2, sum(delta2), "
                "x.T @ delta1, sum(delta1)]"
            ),
            "The order is W1, b1, W2, b2, W3, b3",
        ),
        (
            deep(delta1="(delta2 @ W2.T) * (1 - h1)"),
            "Right: W2, b2, W3, b3. Not yet right: W1, b1.",
        ),
        (
            f"""{FORWARD_DEEP}
def backward_deep(x, y, parameters, output):
    return backward(x, y, parameters[:4], output)
""",
            "`backward_deep(x, y, parameters, output)` raised",
        ),
        (deep(forward="return activation(h2 @ W3 + b3)"), "the result must be 3 values"),
        (deep(forward="return h2, activation(h2 @ W3 + b3)"), "the result must be 3 values"),
        (deep(forward="return h1, h2, h2 @ W3 + b3"), "lacks its `activation`"),
        (deep(forward="h2 = h1 @ W2 + b2; return h1, h2, activation(h2 @ W3 + b3)"), "the second"),
        ("forward_deep, backward_deep = forward, backward", "raised"),
        ("forward_deep = backward_deep = 3", "must be a function"),
    ],
    "exercise-7-answer": [
        (batches(labels="y[rng.permutation(len(y))[: len(batch)]]"), "have come apart"),
        (batches(labels="y[i : i + batch_size]"), "have come apart"),
        (
            batches(starts="range(0, len(x) - batch_size + 1, batch_size)"),
            "the last batch of each epoch is lost",
        ),
        (batches(batch="order"), "Each step uses all examples"),
        (batches(batch="rng.integers(len(x), size=batch_size)"), "Draw one order of all examples"),
        (
            batches(batch="rng.choice(len(x), size=min(batch_size, len(x) - i))"),
            "some examples come twice",
        ),
        (batches(epoch="order = np.arange(len(x))"), "never shuffled"),
        (
            batches(first="order = rng.permutation(len(x))", epoch="pass"),
            "Shuffle them anew for each epoch",
        ),
        (batches(epoch="order = np.random.permutation(len(x))"), "from `rng` alone"),
        (
            batches(step="parameters = [p + learning_rate * g for p, g in zip(parameters, found)]"),
            "uphill",
        ),
        (
            batches(step="parameters = [p - g for p, g in zip(parameters, found)]"),
            "The learning rate is missing",
        ),
        (
            batches(
                step="parameters = [p - learning_rate * g / len(x[batch]) "
                "for p, g in zip(parameters, found)]"
            ),
            "You divide by the size of the batch",
        ),
        (
            batches(step="new = [p - learning_rate * g for p, g in zip(parameters, found)]"),
            "The parameters never change",
        ),
        (
            batches(
                step="new = [p - learning_rate * g for p, g in zip(parameters, found)]",
                end="    return new",
            ),
            "is given the same parameters in each step",
        ),
        (batches(step="parameters = parameters - learning_rate * found"), "are *lists* of arrays"),
        (
            batches(step="parameters = [parameters[0] - learning_rate * found[0], parameters[1]]"),
            "changes a number of the second parameter by 0",
        ),
        (batches(starts="range(0, len(x) + 1, batch_size)"), "was given an empty batch"),
        (batches(end="    return start"), "what you return are not the parameters after them"),
        (batches(end="            return parameters"), "only one step"),
        (batches(end="        return parameters"), "only one epoch"),
        (
            batches(
                step="for p, g in zip(parameters, found): p -= learning_rate * g",
            ),
            "changes the parameters that it is given",
        ),
        (batches(end="    return parameters[0]"), "Return the list of all parameters"),
        (
            batches(starts="range(0, len(x) - 1, batch_size)"),
            "the last batch of each epoch is lost",
        ),
        (batches(starts="range(0, len(x) - 2, batch_size)"), "one epoch has steps with"),
        (batches(starts="rng.permutation(np.arange(0, len(x), batch_size))"), "with 4, 4, 2"),
        (
            batches(
                epoch="order = np.arange(len(x))",
                batch="rng.permutation(order[i : i + batch_size])",
            ),
            "The batches have the same members in each epoch",
        ),
        (
            batches(epoch="order = np.roll(np.arange(len(x)), rng.integers(len(x)))"),
            "so this is no random order",
        ),
        (batches(batch="order[i : min(i + batch_size, len(x) - 1)]"), "one epoch has steps with"),
        (batches(batch="order[i : i + batch_size - 1]"), "one epoch has steps with"),
        (
            """
def train_batches(x, y, gradients, parameters, learning_rate, num_epochs, batch_size, rng):
    return train(x, y, classes, parameters, learning_rate, num_epochs)
""",
            "raised",
        ),
    ],
}

# Right, but not what one would expect.
RIGHT = {
    "exercise-1-answer": [
        "h2_bias, h1_bias, h1_weight = ([[a] for a in row] for row in "
        "((0, 1, 1, 1), (1, 1, 1, 0), (0, 1, 0, 0)))\n"
        "h2_bias, h1_bias = np.array(h2_bias), np.array(h1_bias, dtype=bool)",
    ],
    "exercise-2-answer": ["probabilities, kinds, first_change = np.full((4, 1), 0.5), [1, 4], 2.0"],
    "exercise-3-answer": [
        "W1, b1, W2, b2 = np.ones((2, 2)), np.array([[0.0, -1.0]]), np.array([[1.0], [-2.0]]), "
        "np.array([[0.0]])",
        "W1, b1, W2, b2 = (keras.ops.convert_to_tensor(v, dtype='float32') for v in "
        "([[3, 3], [3, 3]], [0, -3], [[1/3], [-2/3]], [0]))",
        "W1, b1, W2, b2 = (np.array(v, dtype='float32') for v in "
        "([[700, 700], [700, 700]], [0, -700], [[1/700], [-2/700]], [0]))",
        "W1, b1, W2, b2 = [[1, -1], [-1, 1]], [0, 0], [1, 1], 0",
    ],
    "exercise-4-answer": [
        """
def table_network(X, y):
    rows = [row for row, wanted in zip(X, y) if wanted] or [X[0]]
    W1 = np.array([[3.0 if bit else -3.0 for bit in row] for row in rows]).T
    b1 = [1 - 3 * sum(row) for row in rows]
    return W1, b1, np.full(len(rows), 2.0 * y.any()), -1
""",
    ],
    "exercise-5-answer": [
        """
def forward_tanh(x, parameters, activation):
    W1, b1, W2, b2 = parameters
    h = 2 * sigmoid(2 * (x @ W1 + b1)) - 1
    return [h, activation(h @ W2 + b2)]


def backward_tanh(x, y, parameters, output):
    W1, b1, W2, b2 = parameters
    z1 = x @ W1 + b1
    h = np.tanh(z1)
    delta2 = output.delta(y, output.activation(h @ W2 + b2))
    delta1 = np.einsum("nk,jk->nj", delta2, W2) / np.cosh(z1) ** 2
    return x.T @ delta1, np.ones(len(x)) @ delta1, h.T @ delta2, np.sum(delta2, 0, keepdims=True)
""",
    ],
    "exercise-6-answer": [
        """
def forward_deep(x, parameters, activation):
    values = [x]
    for k in (0, 2):
        values.append(sigmoid(values[-1] @ parameters[k] + parameters[k + 1]))
    return values[1], values[2], activation(values[2] @ parameters[4] + parameters[5])


def backward_deep(x, y, parameters, output):
    h1, h2, y_hat = forward_deep(x, parameters, output.activation)
    delta, gradients = output.delta(y, y_hat), []
    for k, h in ((4, h2), (2, h1), (0, x)):
        gradients = [h.T @ delta, delta.sum(axis=0), *gradients]
        delta = delta @ parameters[k].T * h * (1 - h)
    return gradients
""",
    ],
    "exercise-7-answer": [
        batches(
            epoch="order = np.argsort(rng.random(len(x)))",
            step="parameters = tuple(p - learning_rate * g for p, g in zip(parameters, found))",
        ),
        batches(
            epoch="order = rng.permutation(len(x))",
            starts="np.array_split(order, range(batch_size, len(x), batch_size))",
            batch="i",
        ),
        batches(
            batch="np.sort(order[i : i + batch_size])",
            step="parameters = [np.float32(p - learning_rate * g) "
            "for p, g in zip(parameters, found)]",
        ),
        batches(
            first="parameters = [p.copy() for p in parameters]",
            epoch="order = np.arange(len(x)); rng.shuffle(order)",
            step="for p, g in zip(parameters, found): p -= learning_rate * g",
        ),
    ],
}
