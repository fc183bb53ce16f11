"""Plausible wrong answers to the exercises of notebook 00, each with a part of its hint."""

WRONG = {
    "exercise-1-answer": [
        (
            'parameters, steps, accuracy = "160", 10, "between"',
            "must be a single number, not '160'",
        ),
        ('parameters, steps, accuracy = 2410 / 16, 10, "between"', "one layer after the other"),
        ('parameters, steps, accuracy = 2410, 10, "between"', "the network with 32 hidden units"),
        ('parameters, steps, accuracy = 160, 1197 / 128, "between"', "takes part of a step"),
        ("parameters, steps, accuracy = 160, 10, 0.4", '"baseline", "between" or "network"'),
    ],
    "exercise-2-answer": [
        (
            """
def shuffle(images, labels, rng):
    order = np.random.permutation(len(images))
    return images[order], labels[order]


accuracy, report = "rises", "in order"
""",
            "with the `rng` you are given, and with nothing else",
        ),
        (
            """
def shuffle(images, labels, rng):
    rng = np.random.default_rng()
    order = rng.permutation(len(labels))
    return images[order], labels[order]


accuracy, report = "rises", "in order"
""",
            "nobody could repeat your result",
        ),
        (
            """
def shuffle(images, labels, rng):
    return images[rng.permutation(len(images))], labels[rng.permutation(len(labels))]


accuracy, report = "rises", "in order"
""",
            "Draw one order and use it for both",
        ),
        (
            """
def shuffle(images, labels, rng):
    return rng.permutation(images), labels


accuracy, report = "rises", "in order"
""",
            "their labels have stayed behind",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.integers(len(labels), size=len(labels))
    return images[order], labels[order]


accuracy, report = "rises", "in order"
""",
            "Some images occur twice",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(1797)
    return images[order], labels[order]


accuracy, report = "rises", "in order"
""",
            "is out of bounds",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = np.random.default_rng(0).permutation(len(labels))
    return images[order], labels[order]


accuracy, report = "rises", "in order"
""",
            "The order is the same whatever `rng` is",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(len(labels))
    images[order], labels[order]
    return images, labels


accuracy, report = "rises", "in order"
""",
            "still in the old order",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(8)
    return images[:, order], labels


accuracy, report = "rises", "in order"
""",
            "Pixels have changed their place",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(len(labels))
    return images[order]


accuracy, report = "rises", "in order"
""",
            "must return two arrays",
        ),
        (
            """
def shuffle(images, labels, rng):
    rng.shuffle(images)
    rng.shuffle(labels)
    return images, labels


accuracy, report = "rises", "in order"
""",
            "Images and labels do not belong together any more",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(len(labels))
    return images[order], labels[order]


accuracy, report = "falls", "in order"
""",
            "before the shuffling, the validation images come from hands",
        ),
        (
            """
def shuffle(images, labels, rng):
    order = rng.permutation(len(labels))
    return images[order], labels[order]


accuracy, report = "rises", "shuffled"
""",
            "whose writing is in the shuffled validation images",
        ),
    ],
    "exercise-3-answer": [
        (
            """
def nearest_neighbour(x, x_train, y_train):
    distances = ((x - x_train) ** 2).sum(axis=1)
    return y_train[distances.argmin()]
""",
            "Two arrays do not fit",
        ),
        (
            """
def nearest_neighbour(x, x_train, y_train):
    return np.array([y_train[((x_train - row) ** 2).argmin()] for row in x])
""",
            "Before `argmin` there must be one number for each training image",
        ),
        (
            """
def nearest_neighbour(x, x_train, y_train):
    for row in x:
        distances = ((x_train - row) ** 2).sum(axis=1)
        return y_train[distances.argmin()]
""",
            "is the `return` inside of the loop?",
        ),
    ],
}
