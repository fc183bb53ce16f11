"""Every data set of the course, ready to use, with honest splits.

``load_mnist`` looks for MNIST in four places and checks what it finds: wherever the arrays come
from, their SHA-256 must be the known one. Where there is no MNIST, it falls back on the small
handwritten digits that ship inside scikit-learn, and says so.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import http.client
import io
import math
import os
import queue
import socket
import ssl
import struct
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

COURSE_FOLDER = Path(__file__).resolve().parents[1]
DATA_FOLDER = COURSE_FOLDER / "data"

Arrays = dict[str, np.ndarray]

# Shape and SHA-256 of the bytes (C order, uint8) of each MNIST array.
MNIST_ARRAYS: dict[str, tuple[tuple[int, ...], str]] = {
    "x_train": (
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "y_train": (
        (60000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ),
    "x_test": (
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "y_test": (
        (10000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
}

# Where MNIST can be downloaded: one archive in NumPy's format, or the four original files.
MNIST_ARCHIVES = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",)
MNIST_ORIGINALS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
ORIGINAL_FILES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
VALIDATION_IMAGES = 10000  # the last ones of MNIST's training set
LARGEST_DOWNLOAD = 64 * 2**20  # bytes; MNIST is 11 MB
NETWORK_TIMEOUT = 10.0  # seconds of silence before the next mirror is tried
ANSWER_LIMIT = 30.0  # seconds until an answer begins: name, several addresses, redirects, header
MIRROR_LIMIT = 300.0  # seconds for one mirror in all; at 50 kB/s MNIST takes 230 s
LEFTOVER_AGE = 24 * 3600.0  # seconds after which nobody still writes to a temporary file


class DataError(Exception):
    """A data set is missing, damaged, or not what its name says."""


class Split(NamedTuple):
    """One part of a data set: ``images, labels = split``."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class DigitImages:
    """Images of handwritten digits in three parts that share no image.

    Each part is a pair ``(images, labels)``: images are uint8 of shape ``(n, 28, 28)`` with
    values from 0 (paper) to 255 (ink), labels are uint8 of shape ``(n,)`` with values 0 to 9.

    Attributes:
        name: ``"mnist"`` or ``"digits"``: which data set this really is.
        source: where it came from, in words.
        train: what a model is fitted to.
        validation: what choices are made on.
        test: what a finished model is measured on, once.
    """

    name: str
    source: str
    train: Split
    validation: Split
    test: Split


def load_mnist() -> DigitImages:
    """Load MNIST, or the handwritten digits of scikit-learn where MNIST cannot be had.

    The sources are tried in this order:

    1. the file that the environment variable ``DL101_MNIST`` names, an ``mnist.npz``;
    2. the copy that an earlier call has cached (see ``mnist_cache``);
    3. the network, with progress: several mirrors, each of which is given up after 10 s of
       silence, 30 s without the beginning of an answer, or 5 minutes in all (50 kB/s are enough);
    4. the 1,797 digits inside scikit-learn, brought to MNIST's form (``to_mnist_form``).

    ``DL101_DATASET=mnist`` leaves out the last step, ``DL101_DATASET=digits`` the first three.

    Returns:
        ``DigitImages``; for MNIST 50,000 training, 10,000 validation (the last 10,000 of the
        original training set) and 10,000 test images, for the digits 1,197, 300 and 300.

    Raises:
        DataError: ``DL101_MNIST`` names a file that is missing or is not MNIST, or
            ``DL101_DATASET=mnist`` and no source has it.
        ValueError: ``DL101_DATASET`` is neither ``mnist`` nor ``digits``.
    """
    choice = os.environ.get("DL101_DATASET", "").strip().lower()
    if choice not in ("", "mnist", "digits"):
        raise ValueError(f"DL101_DATASET must be 'mnist' or 'digits', not {choice!r}")
    if choice == "digits":
        return _embedded_digits("the digits inside scikit-learn, chosen by DL101_DATASET")

    named = os.environ.get("DL101_MNIST")
    if named:
        # A file that was asked for by name is never replaced by another one in silence.
        arrays = read_mnist(named)
        return _split_mnist(arrays, "MNIST, from the file that DL101_MNIST names")

    cache = mnist_cache()
    causes: list[str] = []
    if cache is not None:
        _remove_leftovers(cache.parent)
        arrays = _cached_mnist(cache, causes)
        if arrays is not None:
            return _split_mnist(arrays, "MNIST, from the copy cached earlier")
    arrays, mirror = _download_mnist(causes)
    if arrays is not None:
        if cache is not None:
            _cache_arrays(arrays, cache)
        return _split_mnist(arrays, f"MNIST, downloaded from {mirror}")

    listed = "\n".join(f"  - {cause}" for cause in causes)
    if choice == "mnist":
        raise DataError(f"MNIST cannot be had:\n{listed}")
    print(
        f"NOTICE: MNIST cannot be had, so this is not MNIST:\n{listed}\n"
        "Instead you get the 1,797 small digits inside scikit-learn. Everything runs, on "
        "fewer and coarser images, so the numbers differ. For MNIST, connect to the network, "
        "or set DL101_MNIST to the path of an mnist.npz, and restart the kernel."
    )
    return _embedded_digits("the digits inside scikit-learn, in place of MNIST")


def mnist_cache() -> Path | None:
    """Return the path at which a downloaded MNIST is kept (``None`` if there is no home folder)."""
    try:
        return Path.home() / ".cache" / "deep-learning-101" / "mnist.npz"
    except RuntimeError:
        return None


def read_mnist(path: str | os.PathLike[str]) -> Arrays:
    """Read an ``mnist.npz`` and check that it really holds MNIST.

    Args:
        path: an archive in NumPy's ``.npz`` format.

    Returns:
        ``x_train`` (60000, 28, 28), ``y_train`` (60000,), ``x_test`` (10000, 28, 28) and
        ``y_test`` (10000,), all uint8.

    Raises:
        DataError: the file is missing, unreadable, no ``.npz`` archive, or its arrays are not
            MNIST's.
    """
    path = Path(path)
    try:
        _see(path)
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no such file"
            raise DataError(f"{path.name}: expected an mnist.npz, found {found} ({path})")
        with path.open("rb") as file:
            return _read_npz(file, path.name)
    except OSError as error:
        raise DataError(
            f"{path.name}: expected an mnist.npz, but it cannot be read: {_cause(error)} ({path})"
        ) from error


def _see(path: Path) -> None:
    """Raise OSError if one may not see what is at ``path``.

    Since Python 3.14, is_file() and exists() are False then, as if nothing were there.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.stat()


def _read_npz(file: BinaryIO, name: str) -> Arrays:
    """Read MNIST's arrays from an archive in NumPy's ``.npz`` format, and check them."""
    head = file.read(64)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            missing = [key for key in MNIST_ARRAYS if f"{key}.npy" not in archive.namelist()]
            if missing:
                raise DataError(f"{name}: expected MNIST's arrays, got no {', '.join(missing)}")
            return {key: _read_npy(archive, key, name) for key in MNIST_ARRAYS}
    except DataError:
        raise
    except Exception as error:
        # In a damaged file, zipfile and NumPy stumble in many ways: BadZipFile, zlib.error,
        # struct.error, EOFError, RuntimeError, ValueError, TokenError, MemoryError...
        raise DataError(f"{name}: expected an .npz archive, got {_kind(head, b'PK')}") from error


def _read_npy(archive: zipfile.ZipFile, key: str, name: str) -> np.ndarray:
    """Read one array of the archive; what is not of MNIST's shape and dtype is never unpacked.

    ``np.load`` would take as much memory as the file claims to need, which may be any amount.
    """
    info = archive.getinfo(f"{key}.npy")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("the methods that NumPy never uses cannot be unpacked piece by piece")
    with archive.open(info) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError("later versions are for headers that do not fit into 64 KiB")
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        expected, _ = MNIST_ARRAYS[key]
        if shape != expected or dtype != np.uint8:
            raise DataError(
                f"{name}: expected {key} of shape {expected} and dtype uint8, "
                f"got {shape} and {dtype}"
            )
        member.seek(0)
        # allow_pickle=False: a pickle runs code of whoever made the file.
        array = np.lib.format.read_array(member, allow_pickle=False)
    return _check_values(array, key, name)


def _check_values(array: np.ndarray, key: str, name: str) -> np.ndarray:
    """Return ``array`` if it is MNIST's to the last byte, else raise ``DataError``."""
    _, sha256 = MNIST_ARRAYS[key]
    if hashlib.sha256(np.ascontiguousarray(array)).hexdigest() != sha256:
        raise DataError(f"{name}: expected MNIST's {key}, got other values (its SHA-256 differs)")
    return array


def _kind(head: bytes, magic: bytes) -> str:
    """Say by its first bytes what a file is that should have begun with ``magic``."""
    if head.startswith(magic):
        return "one that is damaged"
    if not head:
        return "an empty file"
    if head.lstrip().startswith(b"<"):
        return "a web page (does this network ask for a login?)"
    if head.startswith(b"\x93NUMPY"):
        return "a single array"
    if head.startswith(b"\x80"):
        return "a pickle, which is never opened"
    return "a file of another kind"


def _split_mnist(arrays: Arrays, source: str) -> DigitImages:
    x_train, y_train = arrays["x_train"], arrays["y_train"]
    return DigitImages(
        name="mnist",
        source=source,
        train=Split(x_train[:-VALIDATION_IMAGES], y_train[:-VALIDATION_IMAGES]),
        validation=Split(x_train[-VALIDATION_IMAGES:], y_train[-VALIDATION_IMAGES:]),
        test=Split(arrays["x_test"], arrays["y_test"]),
    )


def _cached_mnist(cache: Path, causes: list[str]) -> Arrays | None:
    """Return the cached MNIST if there is one; if it is of no use, add why to ``causes``."""
    try:
        _see(cache)
        return read_mnist(cache) if cache.exists() else None
    except (OSError, DataError) as error:
        causes.append(f"the cached copy: {_cause(error)}")
        return None


def _download_mnist(causes: list[str]) -> tuple[Arrays | None, str]:
    """Return MNIST from the first mirror that delivers it, and that mirror's host name.

    For each mirror that does not deliver, why is added to ``causes``.
    """
    mirrors = [(url, _download_archive) for url in MNIST_ARCHIVES]
    mirrors += [(url, _download_originals) for url in MNIST_ORIGINALS]
    for url, download in mirrors:
        host = urllib.parse.urlsplit(url).netloc
        try:
            return download(url, time.monotonic() + MIRROR_LIMIT), host
        except DataError as error:
            causes.append(f"{host}: {error}")
    return None, ""


def _download_archive(url: str, deadline: float) -> Arrays:
    return _read_npz(io.BytesIO(_download(url, deadline)), _file_name(url))


def _download_originals(url: str, deadline: float) -> Arrays:
    return {
        key: _read_idx(_download(f"{url}/{file}", deadline), key)
        for key, file in ORIGINAL_FILES.items()
    }


def _read_idx(packed: bytes, key: str) -> np.ndarray:
    """Read the gzipped IDX format of the original files: a magic number, the shape, the bytes."""
    name, (shape, _) = ORIGINAL_FILES[key], MNIST_ARRAYS[key]
    head = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    size = len(head) + math.prod(shape)
    raw = b""
    with (
        contextlib.suppress(OSError, EOFError, zlib.error),
        gzip.open(io.BytesIO(packed)) as file,
    ):
        raw = file.read(size + 1)  # no more than shows that it is too much
    if not raw:
        raise DataError(
            f"{name}: expected a gzipped IDX file, got {_kind(packed[:64], bytes([31, 139]))}"
        )
    if not raw.startswith(head):
        raise DataError(f"{name}: expected the IDX header of a uint8 array {shape}, got another")
    if len(raw) != size:
        came = "more" if len(raw) > size else f"{len(raw):,}"
        raise DataError(f"{name}: expected {size:,} unpacked bytes, got {came}")
    # A copy, since an array on top of bytes cannot be changed.
    array = np.frombuffer(raw, np.uint8, offset=len(head)).reshape(shape).copy()
    return _check_values(array, key, name)


def _download(url: str, deadline: float) -> bytes:
    """Fetch ``url`` with progress; ``DataError`` where it is not all there at the deadline."""
    name, body = _file_name(url), bytearray()
    shown, progress = time.monotonic(), False
    try:
        with _open(url, min(ANSWER_LIMIT, max(0, deadline - shown))) as answer:
            length = answer.headers.get("Content-Length") or ""
            expected = int(length) if length.isdecimal() else 0
            if expected > LARGEST_DOWNLOAD:
                raise DataError(
                    f"{name}: expected about 11 MB, got {expected / 1e6:.0f} MB offered"
                )
            # read1 returns what has come; read would wait for 64 KiB, however slow they are.
            while chunk := answer.read1(2**16):
                body += chunk
                now = time.monotonic()
                if len(body) > LARGEST_DOWNLOAD:
                    raise DataError(
                        f"{name}: expected about 11 MB, got more than {len(body):,} bytes"
                    )
                if now > deadline:
                    raise DataError(
                        f"{name}: expected all of it within {MIRROR_LIMIT:g} s, "
                        f"got {len(body):,} bytes"
                    )
                if now > shown + 1:
                    shown, progress = now, True
                    print(f"\rMNIST: {len(body) / 1e6:.1f} MB so far", end="", flush=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        after = f", after {len(body):,} bytes" if body else ""
        raise DataError(f"{name}: {_cause(error)}{after}") from error
    finally:
        if progress:
            print()
    if len(body) < expected:
        raise DataError(f"{name}: expected {expected:,} bytes, got {len(body):,}")
    return bytes(body)


def _open(url: str, limit: float) -> http.client.HTTPResponse:
    """Open ``url``; ``DataError`` when the answer has not begun after ``limit`` seconds.

    The time-out of ``urlopen`` alone is no limit: the look-up of the name has none, and each
    address of the host, each redirect and each byte of the header starts it anew. So a thread
    does it, and is left to itself when it takes too long.
    """
    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put(urllib.request.urlopen(url, timeout=NETWORK_TIMEOUT))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        answer = outcome.get(timeout=limit)
    except queue.Empty:
        raise DataError(
            f"{_file_name(url)}: expected an answer, got none within {limit:.3g} s"
        ) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _file_name(url: str) -> str:
    return url.rpartition("/")[2]


def _cause(error: BaseException | str) -> str:
    """Say in one line, for a learner, what was expected and what came."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        meaning = http.client.responses.get(error.code, "unknown")
        aside = ", a redirect that leads to no file" if 300 <= error.code < 400 else ""
        return f"expected the file, got HTTP status {error.code} ({meaning}){aside}"
    if isinstance(error, urllib.error.URLError):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"expected an answer, got {NETWORK_TIMEOUT:g} s of silence"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"expected a certificate to trust, got another ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"expected a secure connection, got none ({error.reason or 'no reason given'})"
    if isinstance(error, socket.gaierror):
        return "expected the address of the server, got none (is there a network?)"
    if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
        refused = isinstance(error, ConnectionRefusedError)
        return f"expected an answer, got the connection {'refused' if refused else 'dropped'}"
    if isinstance(error, http.client.HTTPException):
        return "expected an answer in HTTP, got something else"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())


def _cache_arrays(arrays: Arrays, path: Path) -> None:
    """Write ``arrays`` to ``path`` in one step: a reader sees the whole file or none."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            np.savez_compressed(file, **arrays)
        os.replace(temporary, path)
    except OSError as error:
        print(
            f"NOTICE: MNIST could not be kept in {path.parent}, so it is downloaded again next "
            f"time: {_cause(error)}"
        )
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half-written; younger files may still be written to."""
    with contextlib.suppress(OSError):
        for part in folder.glob("*.part"):
            if time.time() - part.stat().st_mtime > LEFTOVER_AGE:
                part.unlink()


def _embedded_digits(source: str) -> DigitImages:
    """The 8 x 8 digits of scikit-learn in MNIST's form.

    The images stay in the order of the file, in which those of one writer stand together: so the
    three parts share (nearly) no writer, and a model is tested on hands that it has not seen.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.stack([to_mnist_form(image * (255 / 16)) for image in digits.images])
    labels = digits.target.astype(np.uint8)
    return DigitImages(
        name="digits",
        source=source,
        train=Split(images[:1197], labels[:1197]),
        validation=Split(images[1197:1497], labels[1197:1497]),
        test=Split(images[1497:], labels[1497:]),
    )


def to_mnist_form(image: np.ndarray) -> np.ndarray:
    """Bring one picture of a digit to the form in which MNIST was made.

    The digit is cut out, scaled without distortion into a box of 20 x 20 pixels, and placed so
    that its centre of mass is at the centre of a field of 28 x 28 (LeCun et al., *Gradient-based
    learning applied to document recognition*, 1998).

    Args:
        image: grey levels of shape ``(height, width)``, 0 for paper to 255 for ink.

    Returns:
        uint8 of shape ``(28, 28)``; all 0 if the picture holds no ink.

    Raises:
        ValueError: the picture is not two-dimensional, or has values outside 0 to 255.
    """
    from PIL import Image

    image = np.asarray(image)
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"image must have shape (height, width), not {image.shape}")
    if not np.issubdtype(image.dtype, np.number) or not (
        np.min(image) >= 0 and np.max(image) <= 255
    ):
        raise ValueError("image must hold numbers from 0 (paper) to 255 (ink)")
    field = np.zeros((28, 28), np.uint8)
    rows, columns = np.nonzero(image.max(axis=1))[0], np.nonzero(image.max(axis=0))[0]
    if rows.size == 0:
        return field
    digit = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = 20 / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    box = np.asarray(Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)).clip(
        0, 255
    )
    if box.sum() == 0:
        return field
    centre_row = (box.sum(axis=1) @ np.arange(height)) / box.sum()
    centre_column = (box.sum(axis=0) @ np.arange(width)) / box.sum()
    # The nearest whole pixel that keeps the box inside the field.
    top = min(max(round(14 - centre_row), 0), 28 - height)
    left = min(max(round(14 - centre_column), 0), 28 - width)
    field[top : top + height, left : left + width] = box.round()
    return field


# The people of data/height_weight.csv are simulated. Means and standard deviations are those of
# the 4,082 men in Gordon et al. (2014), rounded; the slope is that of weight = constant x height^2
# at the mean (see tools/simulate_height_weight.py).
HEIGHT_MEAN, HEIGHT_SD = 175.6, 6.9  # cm
WEIGHT_MEAN, WEIGHT_SD = 85.5, 14.2  # kg
TRUE_SLOPE = 2 * WEIGHT_MEAN / HEIGHT_MEAN  # kg/cm
TRUE_INTERCEPT = WEIGHT_MEAN - TRUE_SLOPE * HEIGHT_MEAN  # kg
HEIGHT_WEIGHT_COLUMNS = ("height_cm", "weight_kg")
HEIGHT_WEIGHT_ROWS = 500


@dataclass(frozen=True)
class HeightWeight:
    """Heights and weights of simulated adults, and the line that they scatter about.

    Attributes:
        height: cm, float64 of shape ``(500,)``.
        weight: kg, float64 of shape ``(500,)``, in the same order.
        true_slope: kg/cm, of the line from which the weights were simulated.
        true_intercept: kg, of the same line.
    """

    height: np.ndarray
    weight: np.ndarray
    true_slope: float
    true_intercept: float


def load_height_weight() -> HeightWeight:
    """Load the simulated heights (cm) and weights (kg) of 500 men.

    Source: ``data/height_weight.csv``, which ``tools.simulate_height_weight`` writes from the
    means and standard deviations in Gordon et al. (2014), *2012 Anthropometric Survey of U.S. Army
    Personnel: Methods and Summary Statistics*, NATICK/TR-15/007. The rows are in no order.

    Returns:
        ``HeightWeight``: heights, weights, and the true slope and intercept.

    Raises:
        DataError: the file is missing, or is not the table that the tool writes.
    """
    path = DATA_FOLDER / "height_weight.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError as error:
        raise DataError(
            f"{path.name}: found no such file ({path}); "
            "python -m tools.simulate_height_weight writes it anew"
        ) from error
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path.name}: expected a CSV file, but: {error}") from error
    if not rows or tuple(rows[0]) != HEIGHT_WEIGHT_COLUMNS:
        raise DataError(
            f"{path.name}: expected the columns {HEIGHT_WEIGHT_COLUMNS}, "
            f"got {tuple(rows[0]) if rows else 'an empty file'}"
        )
    whole = sum(len(row) == 2 for row in rows[1:])
    if not whole == len(rows) - 1 == HEIGHT_WEIGHT_ROWS:
        raise DataError(
            f"{path.name}: expected {HEIGHT_WEIGHT_ROWS} rows of 2 numbers, "
            f"got {len(rows) - 1} rows, of which {whole} have 2"
        )
    try:
        table = np.array(rows[1:], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path.name}: expected numbers, but {error}") from error
    height, weight = table.T.copy()
    if not (np.all((height > 100) & (height < 250)) and np.all((weight > 20) & (weight < 250))):
        raise DataError(
            f"{path.name}: expected heights from 100 to 250 cm and weights from 20 to 250 kg"
        )
    return HeightWeight(height, weight, TRUE_SLOPE, TRUE_INTERCEPT)
