"""Plausible wrong answers to the exercises of notebook 08, each with a part of its hint."""

BOOTSTRAP = """
def paired_bootstrap(a, b, draws, rng):
    differences = []
    for _ in range(draws):
        drawn = {drawn}
        differences.append({difference})
    {end}
"""
PLACES = "rng.integers(len(a), size=len(a))"
DIFFERENCE = "b[drawn].mean() - a[drawn].mean()"
QUANTILES = "return tuple(np.quantile(differences, [0.025, 0.975]))"


def bootstrap(drawn=PLACES, difference=DIFFERENCE, end=QUANTILES):
    return BOOTSTRAP.format(drawn=drawn, difference=difference, end=end)


BALANCED = """
def balanced(groups):
    names, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return {weights}
"""


def balanced(weights):
    return BALANCED.format(weights=weights)


def network(*hidden, outputs=10, last="softmax"):
    """Return code that builds a network and does not train it."""
    parts = ["Input((784,))", *hidden, f'Dense({outputs}, "{last}")']
    return f"model = keras.Sequential([{', '.join(f'layers.{part}' for part in parts)}])"


def trained(model, x="x_train", y="y_train", epochs=10, batch_size=32):
    """Return code that builds a network and trains it."""
    return f"""
keras.utils.set_random_seed(seed())
{model}
adam = keras.optimizers.Adam(0.003)
model.compile(adam, "sparse_categorical_crossentropy", steps_per_execution=20)
model.fit({x}, {y}, batch_size={batch_size}, epochs={epochs}, verbose=0)
"""


CONVOLUTIONAL = network(  # small, since half of the 28 x 28 pixels show all of the small digits
    "Reshape((28, 28, 1))",
    "AveragePooling2D(2)",
    'Conv2D(16, 3, activation="relu")',
    "MaxPooling2D(2)",
    'Conv2D(32, 3, activation="relu")',
    "Flatten()",
    "Dropout(0.4)",
)


WRONG = {
    "exercise-1-answer": [
        ("error, images = 0.5, 152_956", "in which way does n stand in the formula"),
        ("error, images = 0.07, 76_478", "Is the 2 squared with the rest?"),
        ("error, images = 0.07, 78_400", "Both are uncertain"),
        ("error, images = 0.07, 1_000_000", "solve 2 SE = 0.001 for n"),
        ("error, images = 0.07, 305_912", "How many has *each*?"),
        ("error, images = 0.07, 311_000", "How many has *each*?"),
    ],
    "exercise-2-answer": [
        (balanced("1 / counts[place]"), "the mean of all weights must be 1"),
        (balanced("len(groups) / counts[place]"), "the mean of all weights must be 1"),
        (balanced("counts.max() / counts[place]"), "the mean of all weights must be 1"),
        (balanced("counts[place] / counts[place].mean()"), "it should be the other way"),
        (balanced("counts[place]"), "how many examples each group has"),
        (balanced("counts[place] / len(groups)"), "the share of each group"),
        (balanced("np.ones(len(groups))"), "All weights are 1"),
        (balanced("len(groups) / (len(names) * counts)"), "for each *example*"),
        (balanced("1 / np.sqrt(counts[place])"), "Ten times as few need ten times"),
        (balanced("1 - counts[place] / (len(groups) + 1)"), "Ten times as few need ten times"),
        (
            "def balanced(groups):\n    counts = np.bincount(groups)\n"
            "    return len(groups) / (len(counts) * counts[groups])",
            "raised TypeError",
        ),
    ],
    "exercise-3-answer": [
        (
            "parameters = llama(32, 4096, 14336, 128256)\n"
            "larger, memory = 788_529_152, (13.49, 14.96)",
            "this is Llama 3 8B itself",
        ),
        ("parameters, larger, memory = 26.98, 788_529_152, (13.49, 14.96)", "the memory in GiB"),
        ("parameters, larger, memory = 7.2, 788_529_152, (13.49, 14.96)", "not billions"),
        ("parameters, larger, memory = 7.24e9, 788_529_152, (13.49, 14.96)", "with all its digits"),
        ("parameters, larger, memory = 7_241_732_096, 2.94, (13.49, 14.96)", "memory in GiB"),
        (
            "parameters, larger, memory = 7_241_732_096, 394_264_576, (13.49, 14.96)",
            "another one in the output layer",
        ),
        (
            "parameters, larger, memory = 7_241_732_096, 788_529_152, (26.98, 29.92)",
            "this is for 32 bits",
        ),
        (
            "parameters, larger, memory = 7_241_732_096, 788_529_152, (14.48, 16.06)",
            "A GiB has 2**30 bytes",
        ),
        ("parameters, larger, memory = 7_241_732_096, 788_529_152, (13, 15)", "Give one decimal"),
        (
            "parameters, larger, memory = 7_241_732_096, 788_529_152, 13.49",
            "`memory` must be 2 numbers",
        ),
    ],
    "exercise-4-answer": [
        (bootstrap(difference="a[drawn].mean() - b[drawn].mean()"), "The sign is wrong"),
        (
            bootstrap(difference="b[rng.integers(len(b), size=len(b))].mean() - a[drawn].mean()"),
            "for each model separately",
        ),
        (bootstrap(drawn="rng.permutation(len(a))"), "every draw gave the same difference"),
        (
            bootstrap(end="return tuple(np.quantile(differences, [0.05, 0.95]))"),
            "This is the middle 90 %",
        ),
        (
            bootstrap(end="return tuple(np.quantile(differences, [0.05, 0.975]))"),
            "The lower end is cut",
        ),
        (
            bootstrap(
                end="return np.mean(differences) - np.std(differences), "
                "np.mean(differences) + np.std(differences)"
            ),
            "too narrow for 95 %",
        ),
        (
            bootstrap(end="return tuple(np.quantile(differences, [0.025, 0.95]))"),
            "The upper end is cut",
        ),
        (bootstrap(end="return min(differences), max(differences)"), "leave 2.5 % on each side"),
        (bootstrap(difference="b[drawn].sum() - a[drawn].sum()"), "You count images"),
        (bootstrap(drawn="rng.integers(len(a), size=100)"), "as many images as there are"),
        (bootstrap(end="return differences"), "must be 2 numbers"),
        (
            bootstrap(end="return tuple(np.percentile(differences, [0.025, 0.975]))"),
            "the interval should be about",
        ),
        (
            """
def paired_bootstrap(a, b, draws, rng):
    middle, error = np.mean(b) - np.mean(a), np.std(b * 1.0 - a) / np.sqrt(len(a))
    return middle - 1.96 * error, middle + 1.96 * error
""",
            "the same whatever `rng` is",
        ),
        (
            """
def paired_bootstrap(a, b, draws, rng):
    d = b.astype(float) - a
    return np.quantile(rng.normal(d.mean(), d.std() / np.sqrt(len(d)), draws), [0.025, 0.975])
""",
            "no formula is needed",
        ),
        (bootstrap(drawn="rng.permutation(len(a))[: len(a) // 2]"), "Draw n of the n images"),
        (bootstrap(drawn="rng.integers(len(a) - 1, size=len(a) - 1)"), "Draw n of the n images"),
        (bootstrap(drawn="np.random.randint(len(a), size=len(a))"), "the same `rng` gives another"),
        (
            bootstrap(drawn="np.random.default_rng().integers(len(a), size=len(a))"),
            "the same `rng` gives another",
        ),
        (
            bootstrap().replace(
                "    differences", "    rng = np.random.default_rng(0)\n    differences", 1
            ),
            "the same whatever `rng` is",
        ),
        (bootstrap().replace("range(draws)", "range(draws // 2)"), "with `draws` = 3"),
        (bootstrap().replace("range(draws)", "range(1000)"), "with `draws` = 1"),
        (bootstrap().replace("range(draws)", "range(2 * draws)"), "with `draws` = 1"),
        (bootstrap().replace("range(draws)", "range(max(draws, 500))"), "with `draws` = 1"),
    ],
    "exercise-5-answer": [
        ("model = 0.99", "must be a Keras model"),
        (network('Dense(128, "relu")', 'Dense(64, "relu")'), "yours must have fewer"),
        (network('Dense(32, "relu")'), "Has it been trained"),
        (network('Dense(32, "relu")', outputs=1), "must give ten outputs"),
        (network().replace("784,", "28, 28, 3"), "agree with the model's `layers.Input`"),
        (network() + "\nmnist = mnist.train", "must be as the cell that loads the images left it"),
        (
            network()
            + '\nmodel.compile("sgd", "sparse_categorical_crossentropy", steps_per_execution=50)'
            + "\nmodel.fit(x_train, y_train, epochs=1, verbose=0)",
            "of the validation images; more than",
        ),
        (
            'model = keras.Sequential([layers.Dense(10, activation="softmax")])',
            "Keras cannot count the parameters yet",
        ),
        (trained(CONVOLUTIONAL, "x_val", "y_val"), "the wrong way round"),
        (
            trained(
                CONVOLUTIONAL,
                "np.concatenate([x_train, x_val])",
                "np.concatenate([y_train, y_val])",
            ),
            "as if it had learned them",
        ),
        (trained(network(), epochs=5), "of the validation images; more than"),
        (
            network()
            + '\nmodel.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)'
            + "\nmodel = model.fit(x_train[:32], y_train[:32], verbose=0)",
            "history",
        ),
    ],
}

# Right, but not what one would expect.
RIGHT = {
    "exercise-1-answer": ["error, images = 0.07, 153_000", "error, images = [0.07], 156_800"],
    "exercise-2-answer": [
        """
def balanced(groups):
    weights = [1 / list(groups).count(group) for group in groups]
    return [weight * len(weights) / sum(weights) for weight in weights]
""",
        """
def balanced(groups):
    counts = pd.Series(groups).value_counts()
    weights = 1 / pd.Series(groups).map(counts)
    return (weights / weights.mean()).astype("float32")
""",
    ],
    "exercise-3-answer": [
        "parameters, larger, memory = 7_241_732_096.0, 788_529_152.0, [13.5, 15.0]",
        "parameters, larger, memory = 7_241_732_096, 788_529_152, np.array([13.489, 14.958])",
    ],
    "exercise-4-answer": [
        """
def paired_bootstrap(a, b, draws, rng):
    drawn = rng.integers(len(a), size=(draws, len(a)))
    return np.quantile((b.astype(float) - a)[drawn].mean(axis=1), (0.025, 0.975))
""",
        """
def paired_bootstrap(a, b, draws, rng):
    n = len(a)
    counts = rng.multinomial(n, np.ones(n) / n, size=draws)
    found = np.sort(counts @ (b.astype("float32") - a) / n)
    return [found[int(0.025 * draws)], found[int(0.975 * draws)]]
""",
        bootstrap(drawn="rng.choice(len(a), len(a))"),
        bootstrap(end="return np.percentile(differences, [2.5, 97.5])"),
    ],
    "exercise-5-answer": [
        trained(CONVOLUTIONAL.replace("Input((784,)), layers.Reshape((28, 28, 1))",
                                      "Input((28, 28, 1))"),
                "x_train.reshape(-1, 28, 28, 1)"),
    ],
}  # fmt: skip
