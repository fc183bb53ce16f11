"""Plausible wrong answers to the exercises of notebook 02, each with a part of its hint.

For each cell: code that stands in the place of the answer (the test adds the notebook's own line
with `check`), and words that the hint must contain.
"""

from tests.wrong_answers import changed

SHIFTED = """
def softmax_and_cost(z, labels):
    rows = np.arange(len(z))
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
"""

ERROR = """
def weighted_gradient(x, labels, s, W, b):
    error = softmax(x @ W + b) - np.eye(len(b))[labels]
"""

LOOP = """
def train(x_train, y_train, x_val, y_val, x_test, y_test, num_epochs=10, learning_rate=0.1):
    rng = np.random.default_rng(seed())
    x_train, x_val, x_test = (x.reshape(len(x), -1) / 255 for x in (x_train, x_val, x_test))
    W, b = np.zeros((x_train.shape[1], 10)), np.zeros(10)
    best_accuracy, best = 0.0, (W, b)
    for _ in range(num_epochs):
        order = rng.permutation(len(x_train))
        x_train, y_train = x_train[order], y_train[order]
        for k in range(0, len(x_train), 32):
            x, y = x_train[k : k + 32], np.eye(10)[y_train[k : k + 32]]
            error = softmax(x @ W + b) - y
            W = W - learning_rate * x.T @ error / len(x)
            b = b - learning_rate * error.mean(axis=0)
        accuracy = np.mean((x_val @ W + b).argmax(axis=1) == y_val)
        if accuracy > best_accuracy:
            best_accuracy, best = accuracy, (W, b)
    W, b = best
    return softmax(x_test @ W + b)
"""

FLOWERS = """
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    x, y = (x_train - mean) / sd, np.eye(y_train.max() + 1)[y_train]
    W, b = np.zeros((x.shape[1], y.shape[1])), np.zeros(y.shape[1])
    for _ in range(300):
        error = softmax(x @ W + b) - y
        W, b = W - x.T @ error / len(x), b - error.mean(axis=0)
    return softmax((x_new - mean) / sd @ W + b)
"""


FOUR = "weights, bias, cost, most, way_out, way_out_bias = "


SHUFFLED_APART = (
    "x_train[order], y_train[order]",
    "rng.permutation(x_train), rng.permutation(y_train)",
)
WITHOUT_BIAS = ("b = b - learning_rate * error.mean(axis=0)", "b = 0 * b")
UNSCALED = ("reshape(len(x), -1) / 255", "reshape(len(x), -1)")
TWICE = ("softmax(x @ W + b) - y", "softmax(softmax(x @ W + b)) - y")
ON_TEST = ("(x_val @ W + b).argmax(axis=1) == y_val", "(x_test @ W + b).argmax(axis=1) == y_test")

COMPARE = """        accuracy = np.mean((x_val @ W + b).argmax(axis=1) == y_val)
        if accuracy > best_accuracy:
            best_accuracy, best = accuracy, (W, b)
"""
IN_EACH_BATCH = "".join(f"    {line}\n" for line in COMPARE.splitlines())
LAST_LINE = "            b = b - learning_rate * error.mean(axis=0)\n"
ONE_STEP = "that of 1 step. Batches of 32 images"
STANDARDISED = "x_train.mean(axis=0), x_train.std(axis=0)"
PENALISED = """
from sklearn.linear_model import LogisticRegression
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    model = LogisticRegression().fit((x_train - mean) / sd, y_train)
    return model.predict_proba((x_new - mean) / sd)
"""
TEMPERATURES = """
def best_temperature(z, labels):
    Ts = np.geomspace(0.1, 10, 500)
    p = [softmax(z / T)[np.arange(len(z)), labels] for T in Ts]
    return Ts[np.argmin([-np.log(q + 1e-300).mean() for q in p])]
"""

WRONG = {
    "exercise-1-answer": [
        ("missed, alarms, cut, halved = -1, 1, 0.05, 0.75", '`missed` must be "fewer" or "more"'),
        ('missed, alarms, cut, halved = "fewer", "more", 5, 0.75', "a number from 0 to 1"),
        ('missed, alarms, cut, halved = "fewer", "more", 0.1, 0.75', "two expected costs equal"),
        ('missed, alarms, cut, halved = "fewer", "more", 0.05, 0.7', "no straight line"),
    ],
    "exercise-2-answer": [
        (
            """
def softmax_and_cost(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return p, -np.mean(np.log(p[np.arange(len(z)), labels]))
""",
            "The probabilities overflow",
        ),
        (
            """
def softmax_and_cost(z, labels):
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1, keepdims=True)
    return p, -np.mean(np.log(p[np.arange(len(z)), labels]))
""",
            "largest logit of the *whole array*",
        ),
        (
            """
def softmax_and_cost(z, labels):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return p, -np.mean(np.log(p[np.arange(len(z)), labels]))
""",
            "The axis is wrong",
        ),
        (
            SHIFTED
            + "    m = z.max()\n"
            + "    return p, np.mean(np.log(np.exp(z - m).sum(axis=1)) + m - z[rows, labels])",
            "In the cost, you subtract the largest logit of the *whole array*",
        ),
        (SHIFTED + "    return p, -np.mean(np.log(p[labels]))", "`p[labels]` takes *rows*."),
        *(
            (
                SHIFTED
                + f"    return p, -np.mean(np.sum(np.eye({k})[labels] * np.log(p), axis=1))",
                "One-hot labels need K columns, `z.shape[1]`",
            )
            for k in ("10", "3", "labels.max() + 1")
        ),
        (
            """
def softmax_and_cost(z, labels):
    e = np.exp(z - z.max(axis=1))
    p = e / e.sum(axis=1)
    return p, -np.mean(np.log(p[np.arange(len(z)), labels]))
""",
            "Two arrays do not fit",
        ),
        (
            SHIFTED + "    return p, -np.mean(np.log(p[rows, labels] + 1e-7))",
            "The cost has a limit",
        ),
        (
            SHIFTED + "    return p, -np.mean(np.log(np.maximum(p[rows, labels], 1e-15)))",
            "The cost has a limit",
        ),
    ],
    "exercise-3-answer": [
        (
            ERROR + "    return x.T @ (s[:, None] * error) / s.sum(), error.mean(axis=0)",
            "The derivative for b lacks the weights s",
        ),
        (
            ERROR
            + "    error *= s[:, None]\n"
            + "    return x.T @ error / len(x), error.mean(axis=0)",
            "for W is divided by the number of examples",
        ),
        (
            ERROR
            + "    error *= s[:, None]\n"
            + "    return x.T @ error / s.sum(), error.mean(axis=0)",
            "for b is divided by the number of examples",
        ),
        (
            ERROR + "    error *= s[:, None]\n    return x.T @ error, error.sum(axis=0)",
            "is a sum over the examples",
        ),
        (
            ERROR
            + "    error *= s[:, None]\n"
            + "    return x.T @ error / s.sum(), error.sum() / s.sum()",
            "value 2 of the result must be 3 numbers, not a single number",
        ),
        (
            ERROR + "    error *= s\n    return x.T @ error / s.sum(), error.sum(axis=0) / s.sum()",
            "Two arrays do not fit",
        ),
        (
            """
def weighted_gradient(x, labels, s, W, b):
    error = s[:, None] * (softmax(x @ W + b) - np.eye(labels.max() + 1)[labels])
    return x.T @ error / s.sum(), error.sum(axis=0) / s.sum()
""",
            "One-hot labels need K columns, `W.shape[1]`",
        ),
        *(
            (
                changed(ERROR, ("len(b)", k)) + "    error *= s[:, None]\n"
                "    return x.T @ error / s.sum(), error.sum(axis=0) / s.sum()",
                "One-hot labels need K columns, `W.shape[1]`",
            )
            for k in ("10", "3")
        ),
        (
            changed(ERROR, ("    error", "    x = x * s[:, None]\n    error"))
            + "    return x.T @ error / len(x), error.mean(axis=0)",
            "s belongs to the cost, not to x or z",
        ),
        (
            changed(ERROR, ("softmax(x @ W + b)", "softmax(s[:, None] * (x @ W + b))"))
            + "    return x.T @ error / s.sum(), error.sum(axis=0) / s.sum()",
            "s belongs to the cost, not to x or z",
        ),
    ],
    "exercise-4-answer": [
        (
            FOUR + "(1, 1), -0.5, 0.5, 3, (10, 10, -20), -5",
            "so descent goes on",
        ),
        (
            FOUR + "(0, 0), 0.5, 0.69, 3, (10, 10, -20), -5",
            "so descent goes on",
        ),
        (
            FOUR + "(0.011, 0.011), -0.011, 0.693, 3, (10, 10, -20), -5",
            "Two opposite corners pull z up, the other two pull it down, equally hard.",
        ),
        (
            FOUR + "np.zeros((2, 1)), np.zeros(1), 0.69, 3, (10, 10, -20), -5",
            "`cost`: right so far. Give three decimals",
        ),
        (
            FOUR + "(0, 0), 0, 0.693, 2, (10, 10, -20), -5",
            "cut off a single corner",
        ),
        (
            FOUR + "(0, 0), 0, 0.693, 3, (1, 1, -2), -0.5",
            "All four are right, but not sure enough",
        ),
        (
            FOUR + "(0, 0), 0, 0.693, 3, (10, 10, -10), -5",
            "the point (1, 1) gets the probability 0.993",
        ),
        (
            FOUR + "(0, 0), 0, 0.693, 3, (10, 10, -20), 0",
            "the point (0, 0) gets the probability 0.500",
        ),
        (FOUR + "(0, 0), 0, 0.693, 3, (np.inf, np.inf, -np.inf), -5", "take finite numbers"),
        (FOUR + "(np.inf, 0), 0, 0.693, 3, (10, 10, -20), -5", "descent ends at finite numbers"),
    ],
    "exercise-5-answer": [
        (
            """
def best_temperature(z, labels):
    Ts = np.geomspace(0.1, 10, 200)
    return Ts[np.argmax([np.mean(softmax(z / T).argmax(axis=1) == labels) for T in Ts])]
""",
            "The answer is the same for all data",
        ),
        (
            """
def best_temperature(z, labels):
    Ts = np.geomspace(0.1, 10, 200)
    p = [softmax(z)[np.arange(len(z)), labels] / T for T in Ts]
    return Ts[np.argmin([-np.log(q).mean() for q in p])]
""",
            "The answer is the same for all data",
        ),
        (
            """
def best_temperature(z, labels):
    Ts = np.arange(0.1, 10, 0.1)
    p = [softmax(z / T)[np.arange(len(z)), labels] for T in Ts]
    return Ts[np.argmin([-np.log(q).mean() for q in p])]
""",
            "Nearly, but not to 2 %",
        ),
        (
            """
def best_temperature(z, labels):
    Ts, y = np.geomspace(0.1, 10, 200), np.eye(z.shape[1])[labels]
    return Ts[np.argmin([np.square(softmax(z / T) - y).mean() for T in Ts])]
""",
            "Or is it another cost? It must be the mean cross-entropy.",
        ),
        (
            """
def best_temperature(z, labels):
    Ts = np.arange(1, 11)
    p = [softmax(z / T)[np.arange(len(z)), labels] for T in Ts]
    return Ts[np.argmin([-np.log(q).mean() for q in p])]
""",
            "T need not be whole",
        ),
        *(
            (
                f"""
def best_temperature(z, labels):
    Ts = np.geomspace(0.1, 10, 200)
    return Ts[np.argmin([-np.log(softmax(z / T)[{index}] + 1e-300).mean() for T in Ts])]
""",
                hint,
            )
            for index, hint in (
                ("labels", "`p[labels]` takes *rows*."),
                (":, labels", "`p[:, labels]` takes all these columns of *every* row"),
            )
        ),
        *(
            (
                f"""
def best_temperature(z, labels):
    Ts, y = np.geomspace(0.1, 10, 200), np.eye({k})[labels]
    costs = [-(y * np.log(softmax(z / T) + 1e-300)).sum(axis=1).mean() for T in Ts]
    return Ts[np.argmin(costs)]
""",
                "One-hot labels need K columns, `z.shape[1]`",
            )
            for k in ("10", "3")
        ),
        (
            """
def best_temperature(z, labels):
    Ts = np.geomspace(0.1, 10, 200)
    p = [softmax(z / T)[np.arange(len(z)), labels] for T in Ts]
    return np.argmin([-np.log(q).mean() for q in p])
""",
            "This is the position in your list",
        ),
        (
            """
def best_temperature(z, labels):
    Ts = np.geomspace(0.001, 10, 200)
    y = np.eye(z.shape[1])[labels]
    return Ts[np.argmin([-(y * np.log(softmax(z / T))).sum(axis=1).mean() for T in Ts])]
""",
            "Is one of them NaN?",
        ),
        *(
            (
                changed(TEMPERATURES, ("np.geomspace(0.1, 10, 500)", Ts)),
                "Your search does not reach far enough",
            )
            for Ts in ("np.arange(0.5, 5, 0.0005)", "np.geomspace(0.1, 3, 300)")
        ),
    ],
    "exercise-6-answer": [
        (changed(LOOP, UNSCALED), "Scaling: after a single step"),
        (changed(LOOP, SHUFFLED_APART), "Labels: ten clear patterns"),
        (changed(LOOP, TWICE), "Softmax: of equal images"),
        (
            changed(LOOP, ("softmax(x_test @ W + b)", "softmax(softmax(x_test @ W + b))")),
            "applied twice to the result",
        ),
        (
            changed(
                LOOP,
                ("@ error / len(x)", "@ error / len(x) / 32"),
                ("error.mean(axis=0)", "error.mean(axis=0) / 32"),
            ),
            "the gradient divided twice",
        ),
        (changed(LOOP, WITHOUT_BIAS), "Bias: for a black image"),
        (changed(LOOP, ON_TEST), "Test set: with other labels of the *test* images"),
        (changed(LOOP, ("accuracy > best", "accuracy >= best"), ON_TEST), "Test set: with other"),
        (changed(LOOP, TWICE, ON_TEST, WITHOUT_BIAS), "Softmax: of equal images"),
        (changed(LOOP, WITHOUT_BIAS, ON_TEST), "Bias: for a black image"),
        (
            changed(LOOP, UNSCALED, SHUFFLED_APART, TWICE, WITHOUT_BIAS, ON_TEST),
            "Scaling: after a single step",
        ),
        (changed(LOOP, ("    W, b = best\n", "")), "Best epoch: the weights or the bias"),
        (changed(LOOP, ("W = W - learning", "W -= learning")), "Best epoch: the weights"),
        (
            changed(
                LOOP, ("W = W - learning", "W -= learning"), ("b = b - learning", "b -= learning")
            ),
            "`W -= ...` changes the array itself",
        ),
        (
            changed(LOOP, UNSCALED, ("order = ", "x_val = x_val * 1.0\n        order = ")).replace(
                "rng = ", "x_train, x_test = x_train / 255, x_test / 255\n    rng = "
            ),
            "Scaling: are the validation images",
        ),
        (
            changed(
                LOOP,
                ("(x.reshape(len(x), -1) / 255 for", "(x.reshape(len(x), -1) for"),
                ("W, b = np", "x_train = x_train / 255\n    W, b = np"),
            ),
            "Scaling: are the *test* images",
        ),
        (
            changed(
                LOOP,
                ("(x.reshape(len(x), -1) / 255 for", "(x.reshape(len(x), -1) for"),
                ("x, y = x_train[k : k + 32]", "x, y = x_train[k : k + 32] / 255"),
            ),
            "Scaling: are the *test* images",
        ),
        (
            changed(
                LOOP,
                UNSCALED,
                ("W, b = np", "x_train, x_val = x_train / 255, x_val / 255\n    W, b = np"),
            ),
            "Scaling: are the *test* images",
        ),
        (changed(LOOP, ("rng.permutation(len", "np.arange(len")), "Shuffle: the images come"),
        (
            changed(
                LOOP,
                ("        x_train, y_train = x_train[order], y_train[order]\n", ""),
                ("        order = rng.permutation(len(x_train))\n", ""),
                (
                    "    W, b = np",
                    "    order = rng.permutation(len(x_train))\n"
                    "    x_train, y_train = x_train[order], y_train[order]\n"
                    "    W, b = np",
                ),
            ),
            "Shuffle: the images come",
        ),
        (changed(LOOP, ("error.mean(axis=0)", "error.sum(axis=0)")), "The step of b is a sum"),
        (
            changed(LOOP, ("learning_rate * error.mean", "0.1 * error.mean")),
            "The step of b does not use `learning_rate`",
        ),
        (
            changed(LOOP, ("learning_rate * x.T", "0.1 * x.T")),
            "The step of W does not use `learning_rate`",
        ),
        (changed(LOOP, ("@ error / len(x)", "@ error / 32")), "can be smaller than 32"),
        (
            changed(
                LOOP,
                ("@ error / len(x)", "@ error / 32"),
                ("error.mean(axis=0)", "error.sum(axis=0) / 32"),
            ),
            "can be smaller than 32",
        ),
        (
            changed(LOOP, ("error.mean(axis=0)", "(softmax(x @ W + b) - y).mean(axis=0)")),
            "with the W that this step has changed already",
        ),
        (
            changed(LOOP, ("range(0, len(x_train), 32)", "range(0, len(x_train) - 31, 32)")),
            "that of 32 steps",
        ),
        *(
            (changed(LOOP, ("32", batch)), f"your result is that of {steps} steps")
            for batch, steps in (("16", 65), ("31", 34), ("64", 17), ("128", 9))
        ),
        (
            changed(LOOP, ("range(0, len(x_train), 32)", "range(0, len(x_train) - 1, 32)")),
            "Is the last image left out?",
        ),
        (changed(LOOP, (LAST_LINE, LAST_LINE + "            break\n")), ONE_STEP),
        (
            changed(
                LOOP,
                ("            W = W - learning", "        W = W - learning"),
                ("            b = b - learning", "        b = b - learning"),
            ),
            ONE_STEP,
        ),
        (
            changed(
                LOOP,
                ("range(0, len(x_train), 32)", "[0]"),
                ("x_train[k : k + 32]", "x_train"),
                ("y_train[k : k + 32]", "y_train"),
            ),
            ONE_STEP,
        ),
        (changed(LOOP, (COMPARE, IN_EACH_BATCH)), ONE_STEP),
        (
            changed(LOOP, (COMPARE, IN_EACH_BATCH.replace(" > ", " >= "))),
            "parameters from the middle of an epoch",
        ),
        (
            changed(LOOP, ("    W, b = best\n    return", "        W, b = best\n        return")),
            "after epoch 4 are asked for; yours are those after epoch 1.",
        ),
        (
            changed(LOOP, ("range(num_epochs)", "range(min(2, num_epochs))")),
            "after epoch 4 are asked for; yours are those after epoch 1.",
        ),
        (
            changed(LOOP, ("best_accuracy, best = accuracy, (W, b)", "best = (W, b)")),
            "is the best accuracy raised",
        ),
        (
            changed(LOOP, (COMPARE, f"{COMPARE}        else:\n            break\n")),
            "Does the loop go through all epochs",
        ),
        (changed(LOOP, ("range(num_epochs)", "range(num_epochs - 1)")), "those of the last epoch"),
        (changed(LOOP, ("range(num_epochs)", "range(num_epochs + 1)")), "that of 2 epochs"),
        (changed(LOOP, ("-1) / 255", "-1) // 255")), "`/`, not `//`"),
        (changed(LOOP, ("-1) / 255", "-1) / 256")), "is not the one of the docstring"),
        (changed(LOOP, ("@ error / len(x)", "@ error")), "None of the five bugs shows any more"),
        (
            changed(LOOP, ("return softmax(x_test @ W + b)", "return x_test @ W + b")),
            "Return probabilities",
        ),
        (
            changed(LOOP, ("softmax(x_test @ W + b)", "softmax(x_test @ W + b).argmax(axis=1)")),
            "the result must be an array of shape (32, 10), not an array of shape (32,)",
        ),
    ],
    "exercise-7-answer": [
        (changed(FLOWERS, ("range(300)", "range(20)")), "it has not arrived yet"),
        (
            changed(FLOWERS, ("/ sd @ W + b)", "/ sd @ W + b).argmax(axis=1)")),
            "These are classes",
        ),
        (
            changed(FLOWERS, ("y_train.max() + 1", "10"), ("y.shape[1])), np", "10)), np")),
            "Your result has 10 columns, but here are only 2 classes. Get K",
        ),
        (
            changed(FLOWERS, ("y_train.max() + 1", "3")),
            "Your result has 3 columns, but here are only 2 classes. Get K",
        ),
        (
            changed(FLOWERS, ("y_train.max() + 1", "2")),
            "K is not always 3; get it from `y_train`.",
        ),
        (
            changed(FLOWERS, ("/ sd @ W + b)", "/ sd @ W + b).max(axis=1)")),
            "Your result has one number for each row; K are needed.",
        ),
        (
            changed(FLOWERS, ("softmax(", "sigmoid(")),
            "The rows do not sum to 1",
        ),
        (
            changed(FLOWERS, ("x_train.mean(axis=0), x_train.std(axis=0)", "0.0, 1.0")),
            "not those at the minimum of the cost",
        ),
        (
            changed(
                FLOWERS,
                ("W - x.T", "W - 1e4 * x.T"),
                ("softmax(", "softmax_as_written("),
            ),
            "There are NaN among the probabilities",
        ),
        (
            changed(FLOWERS, (STANDARDISED, STANDARDISED.replace("x_train", "pooled"))).replace(
                "    mean", "    pooled = np.vstack([x_train, x_new])\n    mean"
            ),
            "if some of the new rows change",
        ),
        (PENALISED, "a penalty on their size"),
    ],
}

# Right, but not what one would expect.
RIGHT = {
    "exercise-3-answer": [
        """
def weighted_gradient(x, labels, s, W, b):
    e = s.reshape(-1, 1) * (softmax(x @ W + b) - np.eye(len(b))[labels]) / s.sum()
    return x.T @ e, np.ones((1, len(x))) @ e
""",
    ],
    "exercise-4-answer": [
        FOUR + "np.zeros((2, 1)), np.zeros(1), np.log(2), 3, np.array([[10], [10], [-20]]), -5",
        FOUR + "(0, 0), 0, 0.693, 3, (1e300, 1e300, -2e300), -1e299",
    ],
    "exercise-5-answer": [
        TEMPERATURES,
        changed(TEMPERATURES, ("np.geomspace(0.1, 10, 500)", "np.geomspace(0.01, 100, 800)")),
    ],
    "exercise-6-answer": [
        LOOP,
        changed(LOOP, ("accuracy > best", "accuracy >= best")),
        changed(LOOP, ("-1) / 255", '-1).astype("float32") / np.float32(255)')),
        changed(LOOP, ("best_accuracy, best = 0.0, (W, b)", "best_accuracy, best = -1, None")),
        changed(
            LOOP,
            ("        x_train, y_train = x_train[order], y_train[order]\n", ""),
            ("x_train[k : k + 32]", "x_train[order[k : k + 32]]"),
            ("y_train[k : k + 32]", "y_train[order[k : k + 32]]"),
        ),
        changed(
            LOOP,
            ("W = W - learning", "W -= learning"),
            ("b = b - learning", "b -= learning"),
            ("accuracy, (W, b)", "accuracy, (W.copy(), b.copy())"),
        ),
    ],
    "exercise-7-answer": [
        FLOWERS,
        changed(PENALISED, ("LogisticRegression()", "LogisticRegression(C=np.inf)")),
    ],
}
