"""The checkers of notebook 09, learned features."""

from __future__ import annotations

import functools

import numpy as np

from exercises.judging import NotYet, changed, judge


def exercise_1(answer: object) -> str:
    """Share angles between the two nearest bins, whose centres are in the middle: (n, bins)."""

    def shared(place, lower, bins):
        """Give each lower bin what is left of ``place``, and the next bin the rest."""
        result = np.zeros((len(place), bins))
        rows, share = np.arange(len(place)), place - lower
        np.add.at(result, (rows, lower % bins), 1 - share)
        np.add.at(result, (rows, (lower + 1) % bins), share)
        return result

    def at(place):
        """Make a function that shares by another place of an angle, counted in bins."""

        def result(angles, bins, span):
            found = place(angles, bins, span)
            return shared(found, np.floor(found).astype(int), bins)

        return result

    def middle(angles, bins, span):
        return angles * bins / span - 0.5

    def exchanged(angles, bins, span):
        place = middle(angles, bins, span)
        lower = np.floor(place).astype(int)
        return shared(2 * lower + 1 - place, lower, bins)

    def nearest(angles, bins, span):
        return np.eye(bins)[(angles * bins / span).astype(int) % bins]

    def not_round(angles, bins, span):
        place = np.clip(middle(angles, bins, span), 0, bins - 1)
        lower = np.minimum(np.floor(place).astype(int), bins - 2)
        return shared(place, lower, bins)

    def cut(angles, bins, span):
        place = middle(angles, bins, span)
        return shared(place, place.astype(int), bins)

    def lost(angles, bins, span):
        """What lies below the first or above the last centre is shared with nobody."""
        result = not_round(angles, bins, span)
        place = middle(angles, bins, span)
        outside = np.maximum(np.maximum(-place, place - (bins - 1)), 0)
        return result * (1 - outside)[:, None]

    mistakes = {
        "Your centres are at 0, one width, two widths, ..., as in the notebook. Here they stand "
        "half a width further.": at(lambda a, bins, span: a * bins / span),
        "Your centres stand half a width to the wrong side. Where is an angle of half a width, "
        "counted in bins?": at(lambda a, bins, span: a * bins / span + 0.5),
        "The two shares are exchanged: the *nearer* centre must get the larger one.": exchanged,
        "Each angle goes to one bin as a whole. Share it between the two nearest centres.": nearest,
        "The circle is not closed. Whom does an angle below the first centre, or above the last "
        "one, share with? It is not alone: after the last bin comes the first.": not_round,
        "Below the first centre a share is negative: `int` and `astype(int)` cut towards 0, so "
        "-0.3 becomes 0, where `np.floor` gives -1.": cut,
        "Where an angle lies below the first centre or above the last one, a part of it is lost: "
        "a row does not sum to 1. After the last bin comes the first.": lost,
        "You take 180 degrees for the whole circle. How wide is a bin where `span` is 360?": (
            at(lambda a, bins, span: a * bins / 180 - 0.5)
        ),
        "The width of a bin is the span divided by the number of bins. On a circle there are as "
        "many gaps as posts.": at(lambda a, bins, span: a * (bins - 1) / span - 0.5),
    }
    rng = np.random.default_rng(9)
    cases = [(np.array([25.0]), 9, 180), (np.array([10.0, 20.0, 5.0, 178.0, 0.0]), 9, 180)]
    for n, bins, span in ((40, 9, 360), (60, 8, 180), (30, 3, 180), (50, 12, 360)):
        cases.append((rng.uniform(0, span, size=n), bins, span))
    judge(answer, at(middle), cases, mistakes)
    name = changed(answer, angles=cases[1][0], bins=9, span=180)
    if name:
        raise NotYet(f"You change `{name}` itself. Make a new array.")
    return (
        "A stroke that turns by one degree now changes the histogram by a little, and never by a "
        "jump: that is what sharing is for."
    )


def exercise_2(answer: object) -> str:
    """Squared distances without a loop, and the vote of the k nearest: (squares, classes)."""

    def squared(train, new):
        return (new**2).sum(axis=1)[:, None] - 2 * new @ train.T + (train**2).sum(axis=1)

    def votes(train, labels, new, k):
        order = np.argsort(squared(train, new), axis=1, kind="stable")
        nearest = labels[order[:, :k]]
        return nearest, (nearest[:, :, None] == np.arange(labels.max() + 1)).sum(axis=1)

    def right(train, labels, new, k):
        return squared(train, new), votes(train, labels, new, k)[1].argmax(axis=1)

    def squares(change):
        """Make a function that returns other squares; any classes with them."""

        def mistake(train, labels, new, k):
            a, b = (new**2).sum(axis=1)[:, None], (train**2).sum(axis=1)
            return change(a, new @ train.T, b), None

        return mistake

    def classes(change):
        """Make a function that has the right squares, and other classes."""
        return lambda train, labels, new, k: (squared(train, new), change(train, labels, new, k))

    def largest(train, labels, new, k):
        count = votes(train, labels, new, k)[1]
        return count.shape[1] - 1 - count[:, ::-1].argmax(axis=1)

    def nearest_of_tied(train, labels, new, k):
        nearest, count = votes(train, labels, new, k)
        tied = np.take_along_axis(count, nearest, axis=1) == count.max(axis=1, keepdims=True)
        return nearest[np.arange(len(new)), tied.argmax(axis=1)]

    def later(train, labels, new, k):
        return votes(train[::-1], labels[::-1], new, k)[1].argmax(axis=1)

    def places(train, labels, new, k):
        return np.argsort(squared(train, new), axis=1, kind="stable")[:, 0]

    def farthest(train, labels, new, k):
        order = np.argsort(-squared(train, new), axis=1, kind="stable")
        return (labels[order[:, :k]][:, :, None] == np.arange(labels.max() + 1)).sum(1).argmax(1)

    mistakes = {
        "The squares: the product counts twice in (a - b)² = a² - 2ab + b².": squares(
            lambda a, ab, b: a - ab + b
        ),
        "The squares: the product is subtracted.": squares(lambda a, ab, b: a + 2 * ab + b),
        "The squares: one of the three terms is missing, that of the training examples.": squares(
            lambda a, ab, b: a - 2 * ab
        ),
        "The squares: one of the three terms is missing, that of the new examples.": squares(
            lambda a, ab, b: b - 2 * ab
        ),
        "You return distances. The *squared* ones are asked for: they need no root, and their "
        "order is the same.": squares(lambda a, ab, b: np.sqrt(np.maximum(a - 2 * ab + b, 0))),
        "The squares are right. The classes are those of the k *farthest* examples.": classes(
            farthest
        ),
        "The squares are right. The classes are places in the training set: look up their "
        "labels.": classes(places),
        "The squares are right. The nearest example alone decides: let k of them vote.": classes(
            lambda train, labels, new, k: votes(train, labels, new, 1)[1].argmax(axis=1)
        ),
        "The squares are right. You take one neighbour too many: is the first of them not already "
        "number 1 of k?": classes(
            lambda train, labels, new, k: votes(train, labels, new, k + 1)[1].argmax(axis=1)
        ),
        "The squares are right. You take one neighbour too few.": classes(
            lambda train, labels, new, k: votes(train, labels, new, max(k - 1, 1))[1].argmax(axis=1)
        ),
        "The squares are right. Where two classes have equally many votes, take the smaller "
        "one.": classes(largest),
        "The squares are right. Where two classes have equally many votes, you let the nearer "
        "neighbour decide. Here the smaller class wins.": classes(nearest_of_tied),
        "The squares are right. Of two training examples at the same distance, the earlier one "
        'counts as nearer: `np.argsort(..., kind="stable")` keeps their order.': classes(later),
        "The squares are right. You average the labels of the neighbours. Classes are names, not "
        "quantities: between a 1 and a 7 stands no 4.": classes(
            lambda train, labels, new, k: np.round(votes(train, labels, new, k)[0].mean(axis=1))
        ),
        "Return the squares first, then the classes.": (
            lambda train, labels, new, k: right(train, labels, new, k)[::-1]
        ),
    }
    rng = np.random.default_rng(10)
    train = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [5.0, 5.0], [6.0, 5.0]])
    labels = np.array([2, 1, 1, 0, 0])
    cases = [(train, labels, np.array([[0.0, 1.0], [5.0, 4.0]]), 3)]
    cases += [(train, labels, np.array([[1.0, 1.0], [3.0, 3.0]]), k) for k in (1, 2, 4)]
    # Whole numbers, so that equal distances are exactly equal.
    for n, m, d, k in ((7, 30, 2, 3), (20, 50, 3, 4), (12, 40, 10, 1), (9, 25, 1, 5)):
        drawn = rng.integers(0, 4, size=(m, d)).astype(float), rng.integers(0, 6, size=m)
        cases.append((*drawn, rng.integers(0, 4, size=(n, d)).astype(float), k))
    judge(answer, right, cases, mistakes)
    name = changed(answer, **dict(zip(("train", "labels", "new", "k"), cases[0])))
    if name:
        raise NotYet(f"You change `{name}` itself. Make a new array.")
    return (
        "The three terms need one matrix product instead of n x m x d differences in memory: for "
        "10,000 MNIST images against 50,000 that is 4 GB instead of 3 TB."
    )


def exercise_3(answer: object) -> str:
    """The slant of each image: columns to the right for each row down, by least squares."""

    def moments(images):
        row, column = np.indices(images.shape[1:])
        total = np.maximum(images.sum(axis=(1, 2), keepdims=True), 1e-12)
        r = row - (images * row).sum(axis=(1, 2), keepdims=True) / total
        c = column - (images * column).sum(axis=(1, 2), keepdims=True) / total
        return [(images * product).sum(axis=(1, 2)) for product in (r * r, r * c, c * c)]

    def ratio(above, below):
        """Divide, and give 0 where all ink is in one row or column, but for rounding."""
        thin = np.abs(below) < 1e-9
        return np.where(thin, 0, above / np.where(thin, 1, below))

    def slants(images):
        rr, rc, _ = moments(images)
        return ratio(rc, rr)

    def of_moments(change):
        return lambda images: change(*moments(images))

    def about_the_middle(images):
        row, column = np.indices(images.shape[1:])
        r, c = (axis - (axis.max()) / 2 for axis in (row, column))
        return ratio((images * r * c).sum(axis=(1, 2)), (images * r * r).sum(axis=(1, 2)))

    def all_alike(images):
        return slants((images > 0).astype(float))

    mistakes = {
        "The sign is wrong: rows count downwards, columns to the right.": (
            lambda images: -slants(images)
        ),
        "You divide by the spread of the columns. It is the row that is given, and the column that "
        "follows from it: whose spread belongs below?": of_moments(
            lambda rr, rc, cc: ratio(rc, cc)
        ),
        "That is the correlation. The slope of the line is asked for: only the spread of the rows "
        "is below.": of_moments(lambda rr, rc, cc: ratio(rc, np.sqrt(rr * cc))),
        "You give the angle. The slope is asked for, the tangent of it.": (
            lambda images: np.arctan(slants(images))
        ),
        "You give rows for each column. Columns for each row are asked for.": of_moments(
            lambda rr, rc, cc: ratio(rr, rc)
        ),
        "You measure from the middle of the image. Take the mean row and the mean column of the "
        "ink, weighted by brightness.": about_the_middle,
        "All pixels with ink count alike. Let each count by its brightness.": all_alike,
        "You do not divide by the spread of the rows.": of_moments(lambda rr, rc, cc: rc),
        "All images get the same slant. Sum over the two axes of each image only.": (
            lambda images: np.full(len(images), slants(images.mean(axis=0, keepdims=True))[0])
        ),
    }

    def right(images):
        return slants(images)

    rng = np.random.default_rng(11)
    line = np.zeros((1, 5, 5))
    line[0, [0, 1, 2, 3], [0, 1, 2, 3]] = 1, 1, 1, 0.5  # runs to the right, by one for each row
    cases = [(line,), (line[:, :, ::-1].copy(),)]
    for shape in ((3, 6, 6), (4, 7, 5), (5, 28, 28)):
        images = rng.uniform(size=shape) * (rng.uniform(size=shape) < 0.4)
        # Ink along a slanted line, so that slants are not near 0.
        row, column = np.indices(shape[1:])
        middle = (column - shape[2] / 2) - rng.uniform(-1, 1, size=(shape[0], 1, 1)) * (
            row - shape[1] / 2
        )
        cases.append((images * np.exp(-(middle**2)),))
    judge(answer, right, cases, mistakes)
    # Where the ink has no spread over rows, there is nothing to divide by.
    lying, blank = np.zeros((1, 5, 6)), np.zeros((1, 5, 6))
    lying[0, 2, 1:4] = 1
    for images, what in ((lying, "all ink is in one row"), (blank, "there is no ink")):
        try:
            judge(answer, lambda images: np.zeros(len(images)), [(images,)], {})
        except NotYet as hint:
            text = f"Where {what}, the slant is 0: divide only where you may. {hint}"
            raise NotYet(text) from hint
    name = changed(answer, images=cases[2][0])
    if name:
        raise NotYet(f"You change `{name}` itself. Make a new array.")
    return (
        "Four sums over the pixels take away what one writer does otherwise than another. In 1998 "
        "this halved the mistakes of the nearest neighbours, from 5.0 to 2.4 %."
    )


def exercise_4(answer: object) -> str:
    """The threshold of least cost on some rows, and its cost: (threshold, cost)."""

    def costs(thresholds, scores, y, c_fn, c_fp, strict=False):
        alarms = np.array([scores > t if strict else scores >= t for t in thresholds])
        return c_fn * (~alarms & (y == 1)).sum(axis=1) + c_fp * (alarms & (y == 0)).sum(axis=1)

    def search(never=True, lowest=False, strict=False, choose=None, tell=None):
        """Make a search with a part changed; without changes, the right one.

        ``choose`` and ``tell`` take (c_fn, c_fp) and give the costs by which the threshold is
        chosen, and those of the cost that is returned.
        """

        def cheapest(scores, y, c_fn, c_fp):
            thresholds = np.unique(scores)
            if never:
                thresholds = np.append(thresholds, np.inf)
            by = choose(c_fn, c_fp) if choose else (c_fn, c_fp)
            total = costs(thresholds, scores, y, *by, strict)
            place = np.flatnonzero(total == total.min())[0 if lowest else -1]
            told = tell(c_fn, c_fp) if tell else (c_fn, c_fp)
            return thresholds[place], costs(thresholds, scores, y, *told, strict)[place]

        return cheapest

    def by_formula(scores, y, c_fn, c_fp):
        threshold = c_fp / (c_fp + c_fn)
        return threshold, costs([threshold], scores, y, c_fn, c_fp)[0]

    def mean_cost(scores, y, c_fn, c_fp):
        threshold, cost = search()(scores, y, c_fn, c_fp)
        return threshold, cost / len(y)

    def exchanged(c_fn, c_fp):
        return c_fp, c_fn

    def alike(c_fn, c_fp):
        return 1, 1

    mistakes = {
        "An alarm is raised where the score *reaches* the threshold: `>=`, not `>`.": search(
            strict=True
        ),
        "To raise no alarm at all may be the cheapest: try the threshold `np.inf`, too.": search(
            never=False
        ),
        "Several thresholds can be equally cheap. Then take the highest, which raises the fewest "
        "alarms.": search(lowest=True),
        "Two things are missing. Of thresholds that are equally cheap, take the highest. And try "
        "`np.inf`, too: no alarm at all may be the cheapest.": search(never=False, lowest=True),
        "The two costs are exchanged: `c_fn` is paid for each miss, a 1 without an alarm.": search(
            choose=exchanged, tell=exchanged
        ),
        "The threshold is the cheapest if the two costs are exchanged: `c_fn` is paid for each "
        "miss, a 1 without an alarm.": search(choose=exchanged),
        "This threshold makes the fewest mistakes. Here they cost unequally.": search(choose=alike),
        "You count mistakes. Each has its cost.": search(choose=alike, tell=alike),
        "The threshold is right. Beside it you return the number of mistakes; what do they cost?": (
            search(tell=alike)
        ),
        "The threshold is right. Return the cost of all rows together, not the mean.": mean_cost,
        "This threshold follows from the formula of part 2, which needs calibrated probabilities. "
        "These are any scores: try them one after the other.": by_formula,
        "Return the threshold first, then its cost.": lambda *given: search()(*given)[::-1],
    }
    rng = np.random.default_rng(4)
    cases = [
        (np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]), 2, 1),
        (np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]), 1, 1),
        (np.array([0.6, 0.2, 0.9, 0.7]), np.array([1, 0, 0, 0]), 1, 5),
        (np.array([3.0, -1.0, 3.0, 2.0, 2.0, 0.5]), np.array([1, 0, 0, 1, 1, 0]), 4, 3),
    ]
    for n, c_fn, c_fp in ((30, 19, 1), (60, 1, 1), (200, 7, 2), (50, 1, 3)):
        y = rng.integers(0, 2, size=n)
        cases.append((np.round(rng.normal(y, 1.5, size=n), 1), y, c_fn, c_fp))
    cases.append((rng.normal(size=12), np.zeros(12, dtype=int), 5, 1))

    def pair(*arguments):
        result = answer(*arguments)
        return tuple(result) if isinstance(result, np.ndarray) else result

    given = functools.wraps(answer)(pair) if callable(answer) else answer
    with np.errstate(invalid="ignore"):  # a factor between infinite thresholds
        judge(given, search(), cases, mistakes)
    name = changed(answer, **dict(zip(("scores", "y", "c_fn", "c_fp"), cases[3])))
    if name:
        raise NotYet(f"You change `{name}` itself. `np.sort(scores)` makes a new array.")
    return (
        "No probability was needed, only scores and costs. But the least cost on these rows "
        "flatters, as every choice does: the cost to report is that of other rows."
    )


def exercise_5(answer: object) -> str:
    """The area under the ROC curve from ranks, ties included."""
    from scipy.stats import rankdata

    def counts(y):
        return np.sum(y == 1), np.sum(y == 0)

    def from_ranks(method="average", first=1, less=lambda ones: ones * (ones + 1) / 2):
        def area(scores, y):
            ones, zeros = counts(y)
            ranks = rankdata(scores, method=method) + first - 1
            return (ranks[y == 1].sum() - less(ones)) / (ones * zeros)

        return area

    def from_pairs(tie):
        def area(scores, y):
            difference = scores[y == 1][:, None] - scores[y == 0]
            return np.mean((difference > 0) + tie * (difference == 0))

        return area

    right = from_ranks()
    mistakes = {
        "You still count the pairs of two 1s. Subtract them.": from_ranks(less=lambda ones: 0),
        "Equal scores get different ranks, in the order in which they stand. Each should get the "
        "mean of their ranks.": from_ranks("ordinal"),
        "Equal scores all get the lowest of their ranks. Take the mean.": from_ranks("min"),
        "Equal scores all get the highest of their ranks. Take the mean.": from_ranks("max"),
        "Your ranks count distinct scores, so a score that comes twice counts once.": from_ranks(
            "dense"
        ),
        "The ranks must begin with 1, or you subtract too much. Try two rows.": from_ranks(first=0),
        "You subtract too little: the lowest 1 has the rank 1, not 0. Try two rows.": from_ranks(
            less=lambda ones: ones * (ones - 1) / 2
        ),
        "You subtract n₁, the pairs of each 1 with itself. It is paired with other 1s, too.": (
            from_ranks(less=lambda ones: ones)
        ),
        "You subtract too much: a pair of two 1s is counted once, not twice.": from_ranks(
            less=lambda ones: ones * (ones + 1)
        ),
        "It is the other way round: the area is the share of pairs in which the *1* has the higher "
        "score.": lambda scores, y: 1 - right(scores, y),
        "A tie counts one half. You count it as lost.": from_pairs(0),
        "A tie counts one half. You count it as won.": from_pairs(1),
        "That is how many pairs are won. Divide by the number of pairs.": lambda scores, y: (
            right(scores, y) * np.prod(counts(y))
        ),
        "Divide by the number of pairs, each a 1 and a 0.": lambda scores, y: (
            right(scores, y) * np.prod(counts(y)) / (len(y) * (len(y) - 1) / 2)
        ),
    }
    rng = np.random.default_rng(5)
    cases = [
        (np.array([0.2, 0.5, 0.5, 0.9]), np.array([0, 1, 0, 1])),
        (np.array([7.0, 3.0]), np.array([0, 1])),
        (np.array([1.0, 1.0, 1.0, 0.0, 2.0]), np.array([1, 1, 0, 0, 1])),
    ]
    for n, share, digits in ((40, 0.5, 0), (500, 0.05, 1), (3000, 0.3, 6), (25, 0.8, 0)):
        y = (rng.permutation(n) < share * n).astype(int)
        cases.append((np.round(rng.normal(0.8 * y, 1), digits), y))
    judge(answer, right, cases, mistakes)
    name = changed(answer, scores=cases[4][0], y=cases[4][1])
    if name:
        raise NotYet(f"You change `{name}` itself. `np.sort(scores)` makes a new array.")
    return (
        "A million rows are sorted in a moment, and can make 250 thousand million pairs. The sum "
        "of ranks is an old friend, too: Wilcoxon's, Mann's and Whitney's test is made of it."
    )


def exercise_6(answer: object) -> str:
    """Cross-validation without a leak: scaling and the choice of columns within each fold."""

    def run(
        scale_with="learn",
        choose_with="learn",
        means_with="learn",
        judge_with="judge",
        own_scale=False,
        scale_first=False,
    ):
        """Make a cross-validation whose parts look at these rows: learn, judge or all."""

        def accuracy(X, y):
            right = total = 0
            for k in range(5):
                judge_rows = np.arange(len(y)) % 5 == k
                rows = {"learn": ~judge_rows, "judge": judge_rows, "all": judge_rows | True}
                scaled = X
                if scale_with:
                    part = X[rows[scale_with]]
                    scaled = (X - part.mean(axis=0)) / part.std(axis=0)
                if own_scale:
                    part = X[judge_rows]
                    scaled = np.where(
                        judge_rows[:, None], (X - part.mean(axis=0)) / part.std(axis=0), scaled
                    )
                by = scaled
                if scale_first:  # the columns are chosen after a scaling with all rows
                    by = (X - X.mean(axis=0)) / X.std(axis=0)
                seen = rows[choose_with]
                gap = by[seen & (y == 1)].mean(axis=0) - by[seen & (y == 0)].mean(axis=0)
                best = np.argsort(abs(gap))[-10:]
                part, seen = scaled[:, best], rows[means_with]
                means = [part[seen & (y == c)].mean(axis=0) for c in (0, 1)]
                asked = rows[judge_with]
                distances = [((part[asked] - mean) ** 2).sum(axis=1) for mean in means]
                right += np.sum((distances[1] < distances[0]) == y[asked])
                total += asked.sum()
            return right / total

        return accuracy

    rng = np.random.default_rng(9)

    def case(n, width, signal, heavy=False):
        """Columns in units of their own; the first five know something of the label."""
        y = np.tile([0, 1, 1, 0, 0, 1, 0, 0, 1, 1], n // 10)  # both classes in each fold
        X = rng.standard_t(1.2, size=(n, width)) if heavy else rng.normal(size=(n, width))
        X[:, :5] += signal * y[:, None]
        return X * 10 ** rng.uniform(-1, 1, size=width) + rng.normal(size=width), y

    coins = case(40, 600, 0)
    cases = [case(20, 14, 1.5), coins, case(60, 40, 2, heavy=True), case(60, 80, 0.8)]
    cases += [case(40, 40, 1, heavy=True), case(100, 25, 0.5), case(80, 60, 1, heavy=True)]
    leaky = run("all", "all")
    share = f"{leaky(*coins):.0%}"
    mistakes = {
        f"This does what `leaky` does. On columns that know nothing it reports {share}.": leaky,
        "The scaling is mended, and the columns are still chosen with all rows. On columns "
        "that know nothing that is the greater leak: what chooses has seen who judges.": run(
            "learn", "all"
        ),
        "The scaling is mended, and the columns are still chosen with all rows, scaled together. "
        "On columns that know nothing that is the greater leak.": run(
            "learn", "all", scale_first=True
        ),
        "The columns are chosen without the rows that judge. But the mean and the standard "
        "deviation of the scaling still come from all rows.": run("all", "learn"),
        "The rows that judge are scaled by their own mean and standard deviation. In use, one row "
        "comes alone: scale it by those of the rows that learn.": run(own_scale=True),
        "The columns are chosen by the rows that judge. Choose by those that learn.": run(
            choose_with="judge"
        ),
        "The scaling comes from the rows that judge. Take the mean and the standard deviation of "
        "those that learn.": run("judge"),
        "The means of the classes come from all rows. They belong to what is learned, too.": run(
            means_with="all"
        ),
        "The rows that learn are judged, too: this is the accuracy on rows that were seen.": run(
            judge_with="learn"
        ),
        "All rows are judged in each fold, also those that it has learned from.": run(
            judge_with="all"
        ),
        "That is how many rows are right. Return their share.": lambda X, y: run()(X, y) * len(y),
        "The scaling is gone, so that the column with the largest unit decides. Keep it, within "
        "each fold.": run(None),
    }
    judge(answer, run(), cases, mistakes)
    name = changed(answer, X=cases[0][0], y=cases[0][1])
    if name:
        raise NotYet(f"You change `{name}` itself: the next fold begins with other numbers.")
    tables = [case(40, 600, 0) for _ in range(6)]
    lucky, right = (np.mean([way(*table) for table in tables]) for way in (leaky, run()))
    return (
        f"On six tables whose columns know nothing `leaky` reports {lucky:.0%}, yours "
        f"{right:.0%}. Whatever looks at labels, or at the rows that judge, belongs inside the "
        "loop: a pipeline puts it there."
    )
