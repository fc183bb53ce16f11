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


def network(*hidden, outputs=10):
    """Return code that builds a network and does not train it."""
    parts = ["Input((784,))", *hidden, f'Dense({outputs}, "softmax")']
    return f"model = keras.Sequential([{', '.join(f'layers.{part}' for part in parts)}])"


WRONG = {
    "exercise-1-answer": [
        ("error, images = 0.5, 152_956", "in which way does n stand in the formula"),
        ("error, images = 0.07, 76_478", "Is the 2 squared with the rest?"),
        ("error, images = 0.07, 78_400", "Both are uncertain"),
        ("error, images = 0.07, 1_000_000", "solve 2 SE = 0.001 for n"),
    ],
    "exercise-2-answer": [
        (
            "parameters = conv(3, 1, 32) + conv(3, 32, 64) + dense(13 * 13 * 64, 128)"
            " + dense(128, 10)\ngone, work_gone = 0.747, 0.228",
            "comes after the *second* convolution",
        ),
        (
            "parameters = conv(3, 1, 32) + conv(3, 32, 64) + dense(12 * 12 * 32, 128)"
            " + dense(128, 10)\ngone, work_gone = 0.747, 0.228",
            "leaves the number of channels",
        ),
        (
            "parameters = conv(3, 1, 32) + conv(3, 32, 64) + dense(12 * 24 * 64, 128)"
            " + dense(128, 10)\ngone, work_gone = 0.747, 0.228",
            "both the height and the width",
        ),
        ("parameters, gone, work_gone = 4_738_826 // 4, 0.75, 0.228", "only one layer changes"),
        ("parameters, gone, work_gone = 1.2e6, 0.747, 0.228", "are all biases counted"),
        ("parameters, gone, work_gone = 1_199_882, 74.7, 22.8", "give it as a number between"),
        ("parameters, gone, work_gone = 1_199_882, 0.253, 0.228", "Which one is gone?"),
        ("parameters, gone, work_gone = 1_199_882, 0.747, 0.747", "this is the share of the"),
        ("parameters, gone, work_gone = 1_199_882, 0.747, 0.741", "comes *before* the pooling"),
        ("parameters, gone, work_gone = 1_199_882, 0.747, 0.5", "*Parameters are not work*"),
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
            bootstrap(end="return np.mean(differences) - np.std(differences), "
                      "np.mean(differences) + np.std(differences)"),
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
    ],
    "exercise-5-answer": [
        ("model = 0.99", "must be a Keras model"),
        (network('Dense(128, "relu")', 'Dense(64, "relu")'), "yours must have fewer"),
        (network('Dense(32, "relu")'), "Has it been trained"),
        (network('Dense(32, "relu")', outputs=1), "must give ten outputs"),
        (network().replace("784,", "28, 28, 1"), "agree with the model's `layers.Input`"),
        (network() + "\nx_val, y_val = x_train, y_train", "These are not the validation labels"),
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
    ],
}  # fmt: skip
