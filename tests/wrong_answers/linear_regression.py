"""Plausible wrong answers to the exercises of notebook 01, each with a part of its hint.

For each cell: code that stands in the place of the answer (the test adds the notebook's own line
with `check`), and words that the hint must contain.
"""

WRONG = {
    "exercise-1-answer": [
        ("heavier, doubled = (1, 1, 0), (2, 2, 4)", "have to become steeper"),
        ("heavier, doubled = (0, 1, 1), (2, 2, 4)", "`heavier`: the MSE sees only the differences"),
        ("heavier, doubled = (0, 0, 0), (2, 2, 4)", "must the line move up"),
        ("heavier, doubled = (0, 1, 0), (1, 2, 4)", "What happens to a rise"),
        ("heavier, doubled = (0, 1, 0), (2, 1, 4)", "b is the prediction at x = 0"),
        ("heavier, doubled = (0, 1, 0), (2, 2, 2)", "averages their *squares*"),
        ("heavier, doubled = (0, 1), (2, 2, 4)", "`heavier` must be 3 numbers, not 2 numbers."),
        (
            "heavier, doubled = (0, 'b', 0), (2, 2, 4)",
            "`heavier` must be 3 numbers, not (0, 'b', 0).",
        ),
    ],
    "exercise-2-answer": [
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return 2 * X.T @ difference / len(y), 2 * np.mean(difference)
""",
            "The sign is wrong",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * X.T @ difference, -2 * np.sum(difference)
""",
            "the M of MSE is a mean",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * X.T @ difference, -2 * np.mean(difference)
""",
            "For the weights the mean over the examples is missing",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -X.T @ difference / len(y), -np.mean(difference)
""",
            "The 2 is missing",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * np.mean(difference[:, None] * X, axis=1), -2 * np.mean(difference)
""",
            "The axis is wrong",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * np.mean(difference[:, None] * X), -2 * np.mean(difference)
""",
            "mixes the inputs",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * np.mean(difference * X, axis=0), -2 * np.mean(difference)
""",
            "Does one need `[:, None]` or `.T`?",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * np.mean(X.T @ difference), -2 * np.mean(difference)
""",
            "mixes the inputs",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * X.T @ difference / len(y), -2 * difference
""",
            "value 2 of the result must be a single number, not 3 numbers. Is a mean",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w
    return -2 * X.T @ difference / len(y), -2 * np.mean(difference)
""",
            "Your prediction lacks the bias",
        ),
    ],
    "exercise-3-answer": [
        ("factor, steps = 1.001, 694", "how large is ε λ exactly at the limit?"),
        ("factor, steps = -1.002, 347", "A distance has no sign"),
        ("factor, steps = 0.998, 347", "give at least 4 decimals"),
        ("factor, steps = 1.002, 346", "at least* doubled"),
        ("factor, steps = 1.002, np.log(2) / np.log(1.002)", "Count whole steps"),
        ("factor, steps = 1.002, 500", "compounds like interest"),
        ("factor, steps = 1.002, 2", "with logarithms"),
    ],
    "exercise-4-answer": [
        (
            """
def diverging_rate(X):
    inputs = np.column_stack([X, np.ones(len(X))])
    return 1 / np.linalg.eigvalsh(2 * inputs.T @ inputs / len(X))[-1]
""",
            "yet they still arrive",
        ),
        (
            """
def diverging_rate(X):
    inputs = np.column_stack([X, np.ones(len(X))])
    return 2 / np.linalg.eigvalsh(2 * inputs.T @ inputs / len(X))[0]
""",
            "the smallest eigenvalue",
        ),
        (
            """
def diverging_rate(X):
    inputs = np.column_stack([X, np.ones(len(X))])
    return 2 / np.linalg.eigvalsh(inputs.T @ inputs / len(X))[-1]
""",
            "lacks the factor 2",
        ),
        (
            """
def diverging_rate(X):
    inputs = np.column_stack([X, np.ones(len(X))])
    return 2 / np.linalg.eigvalsh(2 * inputs.T @ inputs)[-1]
""",
            "Hessian of a *mean*",
        ),
        (
            """
def diverging_rate(X):
    return 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X))[-1]
""",
            "The bias is a parameter, too",
        ),
        (
            """
def diverging_rate(X):
    return 2 / (2 * np.mean(X**2))
""",
            "For `diverging_rate(",
        ),
        (
            """
def diverging_rate(X):
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    inputs = np.column_stack([Z, np.ones(len(Z))])
    return 2 / np.linalg.eigvalsh(2 * inputs.T @ inputs / len(Z))[-1]
""",
            "You standardise X",
        ),
        (
            """
def diverging_rate(X):
    H = 2 * np.array([[np.mean(X**2), X.mean()], [X.mean(), 1.0]])
    slow, fast = np.linalg.eigvalsh(H)
    return 2 / fast
""",
            "right for one input",
        ),
        (
            """
def diverging_rate(X):
    inputs = np.column_stack([X, np.ones(len(X))])
    return 2 / np.linalg.eigvals(2 * inputs.T @ inputs / len(X))[0]
""",
            "in no particular order",
        ),
    ],
    "exercise-5-answer": [
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    v = 0.0
    v = alpha * v - epsilon * g
    return v
""",
            "The memory is never used",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    memory["v"] = alpha * memory.get("v", 0.0) + epsilon * g
    return memory["v"]
""",
            "the ball rolls uphill",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    memory["v"] = alpha * memory.get("v", 0.0) - (1 - alpha) * epsilon * g
    return memory["v"]
""",
            "as Adam does",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    memory["v"] = alpha * memory["v"] - epsilon * g
    return memory["v"]
""",
            "gives a value to begin with",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    v = memory.get("v", 0.0)
    memory["v"] = 0.9 * v - epsilon * g
    return memory["v"]
""",
            "For `all steps of momentum(",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    v = memory.get("v", 0.0)
    memory["v"] = alpha * v - epsilon * g
    return v
""",
            "First renew it",
        ),
        (
            """
def momentum(g, memory, epsilon, alpha=0.9):
    memory["v"] = alpha * memory.get("v", 0.0) - epsilon * g
    return alpha * memory["v"] - epsilon * g
""",
            "Nesterov",
        ),
    ],
    "exercise-6-answer": [
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y.copy()
    spoiled[i] = value
    old, new = np.polyfit(x, y, 1), np.polyfit(x, spoiled, 1)
    s = np.sqrt(np.sum((spoiled - np.polyval(new, x)) ** 2) / (len(x) - 2))
    return (new[0] - old[0]) / (s / (x.std() * np.sqrt(len(x))))
""",
            "hides itself",
        ),
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y.copy()
    spoiled[i] = value
    old, new = np.polyfit(x, y, 1), np.polyfit(x, spoiled, 1)
    s = np.std(y - np.polyval(old, x))
    return (new[0] - old[0]) / (s / (x.std() * np.sqrt(len(x))))
""",
            "divide by n - 2",
        ),
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y.copy()
    spoiled[i] = value
    return np.polyfit(x, spoiled, 1)[0] - np.polyfit(x, y, 1)[0]
""",
            "This is the shift of the slope itself",
        ),
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y
    spoiled[i] = value
    old, new = np.polyfit(x, y, 1), np.polyfit(x, spoiled, 1)
    s = np.sqrt(np.sum((y - np.polyval(old, x)) ** 2) / (len(x) - 2))
    return (new[0] - old[0]) / (s / (x.std() * np.sqrt(len(x))))
""",
            "Make a copy",
        ),
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y.copy()
    spoiled[i] = value
    old, new = np.polyfit(x, y, 1), np.polyfit(x, spoiled, 1)
    s = np.sqrt(np.sum((y - np.polyval(old, x)) ** 2) / (len(x) - 2))
    return abs(new[0] - old[0]) / (s / (x.std() * np.sqrt(len(x))))
""",
            "The sign is lost",
        ),
        (
            """
def slope_shift(x, y, i, value):
    spoiled = y.copy()
    spoiled[i] = value
    old, new = np.polyfit(x, y, 1), np.polyfit(x, spoiled, 1)
    s = np.sqrt(np.sum((y - np.polyval(old, x)) ** 2) / (len(x) - 2))
    return (new[0] - old[0]) / (s / (x.std(ddof=1) * np.sqrt(len(x))))
""",
            "You divide by n - 1",
        ),
    ],
    "exercise-7-answer": [
        (
            """
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler


def fit_and_predict(x_train, y_train, x_new):
    scaler = StandardScaler()
    model = LinearRegression().fit(scaler.fit_transform(x_train), y_train)
    return model.predict(scaler.fit_transform(x_new))
""",
            "Use `transform`",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    targets = (y_train - y_train.mean()) / y_train.std()
    return (x_new - mean) / sd @ np.linalg.lstsq((x_train - mean) / sd, targets, rcond=None)[0]
""",
            "Scale them back",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    def prepare(x):
        return np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(len(x))])

    return prepare(x_new) @ np.linalg.lstsq(prepare(x_train), y_train, rcond=None)[0]
""",
            "Information leaks",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    theta = np.linalg.lstsq((x_train - mean) / sd, y_train, rcond=None)[0]
    return (x_new - mean) / sd @ theta
""",
            "The bias is missing",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    inputs = np.column_stack([(x_train - mean) / sd, np.ones(len(x_train))])
    theta = np.linalg.lstsq(inputs, y_train, rcond=None)[0]
    return x_new @ theta[:-1] + theta[-1]
""",
            "The new rows are not standardised",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    inputs = np.column_stack([(x_train - mean) / sd, np.ones(len(x_train))])
    theta, z_new = np.zeros(inputs.shape[1]), (x_new - mean) / sd
    for _ in range(3):
        theta -= 0.1 * -2 * inputs.T @ (y_train - inputs @ theta) / len(y_train)
    return z_new @ theta[:-1] + theta[-1]
""",
            "For `fit_and_predict(",
        ),
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    inputs = np.column_stack([x_train, np.ones(len(x_train))])
    return inputs @ np.linalg.lstsq(inputs, y_train, rcond=None)[0]
""",
            "predictions for the training rows",
        ),
    ],
}
