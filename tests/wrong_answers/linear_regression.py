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
    return -2 * np.mean(difference * X, axis=0), -2 * np.mean(difference)
""",
            "Two arrays do not fit",
        ),
        (
            """
def mse_gradient(X, y, w, b):
    difference = y - X @ w - b
    return -2 * X.T @ difference / len(y), -2 * difference
""",
            "value 2 of the result must be a single number, not 3 numbers. Is a mean",
        ),
    ],
    "exercise-3-answer": [
        ("factor, steps = 0.998, 347", "How large is ε λ here?"),
        ("factor, steps = 1.002, 346", "at least* doubled"),
        ("factor, steps = 1.002, 2", "with logarithms"),
    ],
    "exercise-4-answer": [
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
    H = 2 * np.array([[np.mean(X**2), X.mean()], [X.mean(), 1.0]])
    slow, fast = np.linalg.eigvalsh(H)
    return 2 / fast
""",
            "right for one input",
        ),
    ],
    "exercise-5-answer": [
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
    ],
    "exercise-6-answer": [
        (
            """
def fit_and_predict(x_train, y_train, x_new):
    everything = np.vstack([x_train, x_new])
    m, s = everything.mean(0), everything.std(0)
    A = np.c_[(x_train - m) / s, np.ones(len(x_train))]
    t = np.linalg.lstsq(A, y_train, rcond=None)[0]
    return np.c_[(x_new - m) / s, np.ones(len(x_new))] @ t
""",
            "the predictions for the *others* change",
        ),
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
    inputs = np.column_stack([(x_train - mean) / sd, np.ones(len(x_train))])
    theta, z_new = np.zeros(inputs.shape[1]), (x_new - mean) / sd
    for _ in range(3):
        theta -= 0.1 * -2 * inputs.T @ (y_train - inputs @ theta) / len(y_train)
    return z_new @ theta[:-1] + theta[-1]
""",
            "For `fit_and_predict(",
        ),
    ],
}
