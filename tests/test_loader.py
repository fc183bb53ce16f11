"""load_mnist under fire: whatever fails, it ends in verified data or in a notice with the cause.

The mirrors are servers on the loopback of this machine, which misbehave as they are told.
"""

import contextlib
import errno
import gzip
import http.server
import io
import json
import os
import pickle
import re
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.error
import urllib.request
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from utils import data

ARCHIVE = "/mnist.npz"


@pytest.fixture(scope="module")
def digits():
    return data._embedded_digits("")


@pytest.fixture(autouse=True)
def digits_made_once(digits, monkeypatch):
    """Spare each test a tenth of a second."""
    monkeypatch.setattr(data, "_embedded_digits", lambda source: replace(digits, source=source))


# --- mirrors -----------------------------------------------------------------------------------


class Request(http.server.BaseHTTPRequestHandler):
    """Answers with the bytes that the mirror has for a path, or with what a function does."""

    def do_GET(self):
        answer = self.server.files.get(self.path)
        if callable(answer):
            answer(self)
        elif answer is None:
            self.send_error(404)
        else:
            self.begin(len(answer))
            self.wfile.write(answer)

    def begin(self, length=None):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def redirect(self, target):
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Mirror(socketserver.ThreadingTCPServer):
    """A web server on a free port of the loopback."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Request)
        self.files = files
        self.closing = threading.Event()  # lets go of the answers that hang
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # a client that has given up


@pytest.fixture
def serve():
    """Return a function that starts a mirror with the given files."""
    with contextlib.ExitStack() as stack:

        def start(files):
            mirror = stack.enter_context(Mirror(files))
            thread = threading.Thread(target=mirror.serve_forever, args=(0.005,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(mirror.shutdown)
            stack.callback(mirror.closing.set)
            return mirror

        yield start


@pytest.fixture
def use(small_mnist, monkeypatch):
    """Return a function that makes mirrors those of the course."""

    def put(*archives, originals=()):
        urls = tuple(f"http://{mirror.host}{ARCHIVE}" for mirror in archives)
        monkeypatch.setattr(data, "MNIST_ARCHIVES", urls)
        urls = tuple(f"http://{mirror.host}/original" for mirror in originals)
        monkeypatch.setattr(data, "MNIST_ORIGINALS", urls)

    return put


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(data, "NETWORK_TIMEOUT", 0.4)
    monkeypatch.setattr(data, "ANSWER_LIMIT", 0.5)
    monkeypatch.setattr(data, "MIRROR_LIMIT", 0.6)


def packed(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def archive(small_mnist):
    return packed(small_mnist)


@pytest.fixture
def originals(small_mnist):
    """The four original files, by their paths."""
    return {
        f"/original/{name}": gzip.compress(idx(small_mnist[key], small_mnist[key].shape))
        for key, name in data.ORIGINAL_FILES.items()
    }


def idx(array, shape):
    return struct.pack(f">2xBB{len(shape)}I", 8, len(shape), *shape) + array.tobytes()


@pytest.fixture
def good(serve, archive):
    return serve({ARCHIVE: archive})


# --- what must hold in the end -----------------------------------------------------------------


def cached():
    """The names of the files in the cache folder."""
    folder = data.mnist_cache().parent
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def assert_downloaded(assert_is_mnist, capsys):
    """Assert that MNIST comes from ``mirror``, is kept, and comes from the cache the next time."""

    def check(mirror):
        result = data.load_mnist()
        assert_is_mnist(result)
        assert result.source == f"MNIST, downloaded from {mirror.host}"
        assert cached() == ["mnist.npz"]
        again = data.load_mnist()
        assert_is_mnist(again)
        assert again.source == "MNIST, from the copy cached earlier"
        printed = capsys.readouterr()
        assert "NOTICE" not in printed.out
        assert printed.err == ""

    return check


@pytest.fixture
def assert_digits(capsys, tmp_path):
    """Assert that the digits come instead, with a notice whose lines match ``causes``."""

    def check(*causes):
        result = data.load_mnist()
        assert result.name == "digits"
        assert result.source == "the digits inside scikit-learn, in place of MNIST"
        printed = capsys.readouterr()
        assert "NOTICE: MNIST cannot be had, so this is not MNIST:\n" in printed.out
        assert "DL101_MNIST" in printed.out
        assert printed.err == ""
        lines = [line[4:] for line in printed.out.splitlines() if line.startswith("  - ")]
        assert len(lines) == len(causes)
        for line, cause in zip(lines, causes):
            assert re.search(cause, line), line
            assert len(line.replace(str(tmp_path), "")) < 150
            assert not re.search(r"\w+Error|Errno|urlopen|<", line), line
        return printed.out

    return check


# --- one mirror fails --------------------------------------------------------------------------


def status(code):
    return lambda request, body: request.send_error(code)


def hang(request, body):
    request.server.closing.wait()


def hang_midway(request, body):
    request.begin(len(body))
    request.wfile.write(body[: len(body) // 2])
    request.server.closing.wait()


def drip(piece, start):
    """Send ``start``, then ``piece`` again and again."""

    def answer(request, body):
        request.wfile.write(start)
        while not request.server.closing.wait(0.1):
            request.wfile.write(piece)

    return answer


def cut(request, body):
    request.begin(len(body))
    request.wfile.write(body[: len(body) // 2])


def cut_without_length(request, body):
    request.begin()
    request.wfile.write(body[: len(body) // 2])


def drop(request, body):
    request.begin(len(body))
    request.wfile.write(body[: len(body) // 2])
    # Zero seconds of lingering: the connection is reset instead of closed.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.connection.close()


def drop_at_once(request, body):
    request.connection.close()


def instead(content):
    """Send ``content(body)`` as if it were the file."""

    def answer(request, body):
        sent = content(body)
        request.begin(len(sent))
        request.wfile.write(sent)

    return answer


def flip(body):
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def raw(content):
    return lambda request, body: request.wfile.write(content)


def redirect(target):
    return lambda request, body: request.redirect(target)


def endless(request, body):
    request.begin()
    while not request.server.closing.is_set():
        request.wfile.write(bytes(2**16))


PAGE = b"\n<!DOCTYPE html><html><body>Please log in to this network.</body></html>"
HEADER = b"HTTP/1.1 200 OK\r\n"
# What a mirror does, and what the notice says. Where the file matters, it is mnist.npz.
FAULTS = {
    "404": (status(404), r"expected the file, got HTTP status 404 \(Not Found\)"),
    "403": (status(403), r"expected the file, got HTTP status 403 \(Forbidden\)"),
    "500": (status(500), r"expected the file, got HTTP status 500 \(Internal Server Error\)"),
    "hangs": (hang, r"expected an answer, got 0.4 s of silence$"),
    "hangs midway": (hang_midway, r"expected an answer, got 0.4 s of silence, after [\d,]+ bytes"),
    "drips header": (drip(b"x", HEADER + b"X: "), "expected an answer, got none within 0.5 s"),
    "drips body": (
        drip(b"x", HEADER + b"Content-Length: 60000\r\n\r\n"),
        r"expected all of it within 0.6 s, got \d\d? bytes",
    ),
    "drips chunks": (
        drip(b"1\r\nx\r\n", HEADER + b"Transfer-Encoding: chunked\r\n\r\n"),
        r"expected all of it within 0.6 s, got \d\d? bytes",
    ),
    "cut": (cut, r"expected [\d,]+ bytes, got [\d,]+$"),
    "cut, length unknown": (cut_without_length, "expected an .*, got one that is damaged"),
    "cut in a chunk": (
        raw(HEADER + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + bytes(999)),
        "expected an answer, got the connection dropped",
    ),
    "dropped at once": (drop_at_once, "expected an answer, got the connection dropped"),
    "dropped midway": (drop, "expected an answer, got the connection dropped"),
    "wrong bytes": (instead(flip), "expected an .*, got one that is damaged"),
    "empty": (instead(lambda body: b""), "expected an .*, got an empty file"),
    "page": (instead(lambda body: PAGE), "expected an .*, got a web page"),
    "another file": (instead(lambda body: body[::-1]), "got a file of another kind"),
    "endless": (endless, "expected about 11 MB, got more than [0-9,]+ bytes"),
    "huge": (raw(HEADER + b"Content-Length: 99000000000\r\n\r\n"), "got 99000 MB offered"),
    "redirects in a circle": (
        redirect(ARCHIVE),
        r"HTTP status 302 \(Found\), a redirect that leads to no file",
    ),
    "redirects to a local file": (
        redirect("file:///etc/hosts"),
        r"HTTP status 302 \(Found\), a redirect that leads to no file",
    ),
    "redirects to nonsense": (redirect("http://[/mnist.npz"), "Invalid IPv6 URL"),
    "nonsense": (raw(b"220 ready for mail\r\n"), "expected an answer in HTTP, got something else"),
}


@pytest.fixture(params=FAULTS)
def fault(request, serve, archive, impatient, monkeypatch):
    """A mirror with a fault, and the cause that is to be named."""
    monkeypatch.setattr(data, "LARGEST_DOWNLOAD", 2**20)
    answer, cause = FAULTS[request.param]
    return serve({ARCHIVE: lambda request: answer(request, archive)}), cause


def test_after_a_fault_the_next_mirror_delivers(fault, good, use, assert_downloaded):
    mirror, _ = fault
    use(mirror, good)
    assert_downloaded(good)


def test_without_another_mirror_a_fault_is_named(fault, use, assert_digits):
    mirror, cause = fault
    use(mirror)
    assert_digits(rf"^{mirror.host}: mnist\.npz: .*{cause}")
    assert cached() == []


def test_all_mirrors_down(serve, use, assert_digits):
    mirrors = [serve({}), serve({ARCHIVE: PAGE}), serve({})]
    use(*mirrors[:2], originals=mirrors[2:])
    assert_digits(
        rf"^{mirrors[0].host}: mnist\.npz: expected the file, got HTTP status 404",
        rf"^{mirrors[1].host}: mnist\.npz: expected an \.npz archive, got a web page",
        rf"^{mirrors[2].host}: train-images-idx3-ubyte\.gz: expected the file, got HTTP status",
    )
    assert cached() == []


def test_all_mirrors_down_where_mnist_is_insisted_on(small_mnist, serve, use, monkeypatch):
    monkeypatch.setenv("DL101_DATASET", "mnist")
    use(serve({}))
    with pytest.raises(data.DataError, match=r"MNIST cannot be had:\n  - .*got HTTP status 404"):
        data.load_mnist()
    assert cached() == []


def test_a_redirect_is_followed(serve, archive, use, assert_downloaded):
    mirror = serve({ARCHIVE: lambda r: r.redirect("/moved.npz"), "/moved.npz": archive})
    use(mirror)
    assert_downloaded(mirror)


def test_a_slow_connection_is_waited_for(serve, archive, use, monkeypatch, assert_downloaded):
    def slowly(request):
        request.begin(len(archive))
        for start in range(0, len(archive), len(archive) // 8):
            time.sleep(0.1)
            request.wfile.write(archive[start : start + len(archive) // 8])

    monkeypatch.setattr(data, "NETWORK_TIMEOUT", 0.5)  # the whole takes longer, no pause does
    mirror = serve({ARCHIVE: slowly})
    use(mirror)
    assert_downloaded(mirror)


def test_the_limits_leave_time_for_50_kilobytes_a_second():
    assert data.NETWORK_TIMEOUT == 10
    assert data.ANSWER_LIMIT == 30
    assert data.MIRROR_LIMIT > 11.6e6 / 50e3
    text = data.load_mnist.__doc__
    assert "10 s" in text
    assert "30 s" in text
    assert f"{data.MIRROR_LIMIT / 60:g} minutes" in text


def test_progress_ends_its_line(serve, archive, use, monkeypatch, assert_digits):
    def slowly(request):
        request.begin(len(archive))
        for start in (0, 100):
            request.wfile.write(archive[start : start + 100])
            time.sleep(0.2)

    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: 10 * clock())
    use(serve({ARCHIVE: slowly}))
    assert "0.0 MB so far\nNOTICE" in assert_digits(r"expected [\d,]+ bytes, got 200")


# --- connections that never reach a mirror -----------------------------------------------------

UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate in certificate chain"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (socket.gaierror(-2, "Name unknown"), "expected the address of the server, got none"),
        (UNTRUSTED, r"expected a certificate to trust, got another \(self-signed certificate"),
        (OSError("Tunnel connection failed: 407 Proxy"), "Tunnel connection failed: 407 Proxy"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        (TimeoutError(), "expected an answer, got 10 s of silence"),
        ("no host given", "no host given"),
    ],
    ids=["name", "certificate", "tunnel", "unreachable", "time-out", "text"],
)
def test_no_connection(good, use, monkeypatch, assert_digits, reason, cause):
    def fail(*arguments, **keywords):
        raise urllib.error.URLError(reason)

    monkeypatch.setattr(urllib.request, "urlopen", fail)
    use(good)
    assert_digits(rf"^{good.host}: mnist\.npz: {cause}")
    assert cached() == []


def test_a_look_up_of_the_name_that_hangs(good, use, monkeypatch, impatient, assert_digits):
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: done.wait())
    use(good)
    assert_digits("expected an answer, got none within 0.5 s")
    done.set()
    assert cached() == []


def test_a_closed_port(serve, use, assert_digits):
    mirror = serve({})
    use(mirror)
    mirror.shutdown()
    mirror.server_close()
    # Windows may need longer than the limit to find out.
    assert_digits("expected an answer, got (the connection refused|10 s of silence)")
    assert cached() == []


def test_a_mirror_that_speaks_no_tls(good, monkeypatch, assert_digits):
    monkeypatch.setattr(data, "MNIST_ARCHIVES", (f"https://{good.host}{ARCHIVE}",))
    assert_digits(r"expected (a secure connection, got none \(\w+\)|an answer, got the connection)")
    assert cached() == []


def test_a_proxy_that_wants_a_password(small_mnist, serve, monkeypatch, assert_digits):
    url = "http://mirror.invalid/mnist.npz"
    proxy = serve({url: lambda request: request.send_error(407)})
    monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers the proxies
    monkeypatch.setattr(data, "MNIST_ARCHIVES", (url,))
    assert_digits(r"^mirror\.invalid: .* got HTTP status 407 \(Proxy Authentication Required\)")
    assert cached() == []


# --- archives and original files that are not what they seem -----------------------------------


def members(**contents):
    """A zip archive with the given files, whatever they hold."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def npy(array, shape=None):
    """The bytes of an array, with a header that may claim another shape."""
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


LARGE = 2**26  # bytes


def made_of(arrays, **changes):
    return members(**{key: npy(array) for key, array in arrays.items()} | changes)


def shuffled(arrays):
    return packed(arrays | {"y_test": arrays["y_test"][::-1]})


def encrypted(arrays):
    """An archive whose entries are marked as encrypted."""
    whole = bytearray(packed(arrays))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := whole.find(signature, start + 1)) >= 0:
            whole[start + offset] |= 1
    return bytes(whole)


def bzipped(arrays):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        for key in arrays:
            content = np.zeros(LARGE, np.uint8) if key == "x_train" else arrays[key]
            archive.writestr(f"{key}.npy", npy(content))
    return buffer.getvalue()


LONG_HEADER = b"\x93NUMPY\x02\x00" + struct.pack("<I", LARGE) + bytes(LARGE)
ODD_HEADER = b"\x93NUMPY\x01\x00\x12\x00{'descr': '|u1', (("
DAMAGED = r"expected an \.npz archive, got one that is damaged"
# Whole archives that are not MNIST: how to make one of the arrays, and what the notice says.
ARCHIVES = {
    "other arrays": (lambda a: packed({"x": np.arange(3)}), "got no x_train, y_train, x_test"),
    "other values": (shuffled, r"expected MNIST's y_test, got other values"),
    "other dtype": (
        lambda a: packed(a | {"y_test": a["y_test"].astype(int)}),
        r"expected y_test of shape \(20,\) and dtype uint8, got \(20,\) and int64",
    ),
    "no array": (lambda a: made_of(a, y_test=b"3, 1, 4"), DAMAGED),
    "odd header": (lambda a: made_of(a, y_test=ODD_HEADER), DAMAGED),
    "too short": (lambda a: made_of(a, y_test=npy(a["y_test"][:9], (20,))), DAMAGED),
    "encrypted": (encrypted, DAMAGED),
    "declares a terabyte": (
        lambda a: made_of(a, x_train=npy(a["x_train"], (2**40,))),
        r"expected x_train of shape \(60, 28, 28\) and dtype uint8, got \(1099511627776,\)",
    ),
    "unpacks to 64 MB": (
        lambda a: made_of(a, x_train=npy(np.zeros(LARGE, np.uint8))),
        r"expected x_train of shape \(60, 28, 28\) and dtype uint8, got \(67108864,\)",
    ),
    "unpacks to a long header": (lambda a: made_of(a, x_train=LONG_HEADER), DAMAGED),
    "unpacks to 64 MB at once": (bzipped, DAMAGED),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_that_is_not_mnist(kind, small_mnist, serve, use, assert_digits):
    make, cause = ARCHIVES[kind]
    use(serve({ARCHIVE: make(small_mnist)}))
    with little_memory():
        assert_digits(cause)
    assert cached() == []


@contextlib.contextmanager
def little_memory():
    """Assert that the largest of the archives is not unpacked, nor anything like it."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < LARGE / 4
    finally:
        tracemalloc.stop()


def test_an_archive_with_any_byte_damaged(small_mnist, archive, tmp_path):
    path = tmp_path / "mnist.npz"
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        damaged = bytearray(archive)
        # Half of them near the ends, where the headers are.
        reach = 400 if rng.random() < 0.5 else len(damaged)
        place = int(rng.integers(-reach, reach))
        damaged[max(place, -len(damaged))] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            arrays = data.read_mnist(path)
        except data.DataError:
            refused += 1
        else:  # the byte was in a date, or the like
            assert all(np.array_equal(arrays[key], small_mnist[key]) for key in small_mnist)
    assert refused > 100


def test_the_original_files_are_a_mirror(serve, originals, use, assert_downloaded):
    mirror = serve(originals)
    use(originals=[mirror])
    assert_downloaded(mirror)


def test_arrays_from_the_original_files_can_be_changed(serve, originals, use, small_mnist):
    use(originals=[serve(originals)])
    data.load_mnist().train.images[0] = 0  # as those from an archive can


Y_TEST = "/original/t10k-labels-idx1-ubyte.gz"
X_TRAIN = "/original/train-images-idx3-ubyte.gz"
IDX_DAMAGED = "expected a gzipped IDX file, got one that is damaged"
IDX_HEADER = "expected the IDX header of a uint8 array"
# Which of the four files is another one, how to make it of the whole one, what the notice says.
ORIGINALS = {
    "missing": (Y_TEST, lambda whole: None, "expected the file, got HTTP status 404"),
    "page": (Y_TEST, lambda whole: PAGE, "expected a gzipped IDX file, got a web page"),
    "empty": (Y_TEST, lambda whole: b"", "expected a gzipped IDX file, got an empty file"),
    "cut": (Y_TEST, lambda whole: whole[:-9], IDX_DAMAGED),
    "wrong bytes": (X_TRAIN, flip, IDX_DAMAGED),
    "other values": (
        Y_TEST,
        lambda whole: gzip.compress(gzip.decompress(whole)[:-1] + b"\x0b"),
        "expected MNIST's y_test, got other values",
    ),
    "header of another shape": (
        X_TRAIN,
        lambda whole: gzip.compress(idx(np.zeros(47040, np.uint8), (30, 28, 56))),
        rf"{IDX_HEADER} \(60, 28, 28\), got another",
    ),
    "header of a terabyte": (
        X_TRAIN,
        lambda whole: gzip.compress(idx(np.zeros(0, np.uint8), (2**31, 2**9))),
        IDX_HEADER,
    ),
    "header of 255 dimensions": (
        X_TRAIN,
        lambda whole: gzip.compress(b"\0\0\x08\xff" + bytes(99)),
        IDX_HEADER,
    ),
    "too few bytes": (
        X_TRAIN,
        lambda whole: gzip.compress(gzip.decompress(whole)[:-1]),
        "expected 47,056 unpacked bytes, got 47,055",
    ),
    "bomb": (
        X_TRAIN,
        lambda whole: gzip.compress(gzip.decompress(whole) + bytes(LARGE), 1),
        "expected 47,056 unpacked bytes, got more",
    ),
}


@pytest.fixture(params=ORIGINALS)
def faulty_originals(request, originals):
    path, change, cause = ORIGINALS[request.param]
    return originals | {path: change(originals[path])}, f"{path.rpartition('/')[2]}: {cause}"


def test_one_of_the_four_files_is_wrong(faulty_originals, serve, use, assert_digits):
    files, cause = faulty_originals
    mirror = serve(files)
    use(originals=[mirror])
    with little_memory():
        assert_digits(f"^{mirror.host}: {cause}")
    assert cached() == []


def test_after_a_wrong_file_all_four_come_from_the_next_mirror(
    faulty_originals, serve, originals, use, assert_downloaded
):
    files, _ = faulty_originals
    mirror = serve(originals)
    use(originals=[serve(files), mirror])
    assert_downloaded(mirror)


# --- the cached copy ---------------------------------------------------------------------------


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def pickles(marker):
    """Files in place of the archive that run code if anything unpickles them."""
    trap = np.array([Trap(marker)], dtype=object)
    single = io.BytesIO()
    np.save(single, trap, allow_pickle=True)
    return {
        "pickle": pickle.dumps(Trap(marker)),
        "array of objects": single.getvalue(),
        "archive of objects": packed(dict.fromkeys(data.MNIST_ARRAYS, trap)),
        "archive of pickles": members(**dict.fromkeys(data.MNIST_ARRAYS, pickle.dumps(trap))),
    }


# What stands in the place of the cached archive, and what the notice says of it.
COPIES = {
    "cut": (lambda whole, arrays: whole[:-500], DAMAGED),
    "cut in the middle": (lambda whole, arrays: whole[: len(whole) // 2], DAMAGED),
    "empty": (lambda whole, arrays: b"", r"expected an \.npz archive, got an empty file"),
    "page": (lambda whole, arrays: PAGE, r"expected an \.npz archive, got a web page"),
    "other arrays": (lambda whole, arrays: packed({"x": np.arange(3)}), "got no x_train"),
    "other values": (lambda whole, arrays: shuffled(arrays), "y_test, got other values"),
    "single array": (lambda whole, arrays: npy(arrays["x_test"]), "got a single array"),
}


@pytest.fixture
def copy(small_mnist):
    """The path of the cached copy, in a folder that exists."""
    data.mnist_cache().parent.mkdir(parents=True)
    return data.mnist_cache()


@pytest.mark.parametrize("kind", COPIES)
def test_a_wrong_copy_is_replaced(kind, copy, archive, small_mnist, good, use, assert_downloaded):
    copy.write_bytes(COPIES[kind][0](archive, small_mnist))
    use(good)
    assert_downloaded(good)


@pytest.mark.parametrize("kind", COPIES)
def test_a_wrong_copy_is_named(kind, copy, archive, small_mnist, serve, use, assert_digits):
    make, cause = COPIES[kind]
    copy.write_bytes(make(archive, small_mnist))
    use(serve({}))
    assert_digits(rf"^the cached copy: mnist\.npz: .*{cause}", "HTTP status 404")
    assert cached() == ["mnist.npz"]


PICKLES = {
    "pickle": "got a pickle, which is never opened",
    "array of objects": "got a single array",
    "archive of objects": r"expected x_train .*, got \(1,\) and object",
    "archive of pickles": DAMAGED,
}


@pytest.mark.parametrize("kind", PICKLES)
def test_a_pickle_is_never_opened(kind, copy, tmp_path, assert_digits):
    marker = tmp_path / "unpickled"
    copy.write_bytes(pickles(marker)[kind])
    assert_digits(PICKLES[kind])
    assert not marker.exists()
    assert cached() == ["mnist.npz"]
    pickle.loads(pickles(marker)["pickle"])
    assert marker.exists()  # so the trap is one


def test_a_folder_in_place_of_the_copy(copy, good, use, assert_is_mnist, assert_digits, capsys):
    copy.mkdir()
    use(good)
    result = data.load_mnist()
    assert_is_mnist(result)
    assert "downloaded" in result.source
    assert f"NOTICE: MNIST could not be kept in {copy.parent}" in capsys.readouterr().out
    assert cached() == ["mnist.npz"]
    assert list(copy.iterdir()) == []
    use()
    assert_digits(r"^the cached copy: mnist\.npz: expected an mnist\.npz, found a folder")


@pytest.mark.parametrize("method", ["open", "stat"])
def test_a_copy_that_may_not_be_read(method, copy, archive, monkeypatch, assert_digits):
    copy.write_bytes(archive)
    real = getattr(Path, method)

    def denied(path, *arguments, **keywords):
        if path == copy:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(Path, method, denied)
        assert_digits("^the cached copy: .*Permission denied")
        # A file that was asked for by name is not replaced by another one.
        patch.setenv("DL101_MNIST", str(copy))
        with pytest.raises(data.DataError, match=r"expected an mnist\.npz, but .*: Permission den"):
            data.load_mnist()
    assert copy.read_bytes() == archive
    assert cached() == ["mnist.npz"]


def test_a_copy_that_may_not_be_read_is_replaced(
    copy, archive, good, use, monkeypatch, assert_is_mnist
):
    copy.write_bytes(b"")

    def denied(path, *arguments, **keywords):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    use(good)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", denied)
        result = data.load_mnist()
    assert_is_mnist(result)
    assert "downloaded" in result.source
    assert "cached" in data.load_mnist().source
    assert cached() == ["mnist.npz"]


# --- no place to keep a copy -------------------------------------------------------------------


def failing(number):
    """A function that fails like the operating system does."""

    def fail(*arguments, **keywords):
        raise OSError(number, os.strerror(number), "a path")

    return fail


def fill_the_disk(file, **arrays):
    file.write(bytes(999))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def disk_full(monkeypatch):
    monkeypatch.setattr(np, "savez_compressed", fill_the_disk)


def disk_full_at_the_end(monkeypatch):
    monkeypatch.setattr(os, "replace", failing(errno.ENOSPC))


def read_only(monkeypatch):
    monkeypatch.setattr(Path, "mkdir", failing(errno.EROFS))


def no_right_to_write(monkeypatch):
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", failing(errno.EACCES))


def file_for_the_folder(monkeypatch):
    folder = data.mnist_cache().parent
    folder.parent.mkdir(parents=True)
    folder.write_text("not a folder")


def file_for_the_folder_above(monkeypatch):
    folder = data.mnist_cache().parents[1]
    folder.parent.mkdir(parents=True)
    folder.write_text("not a folder")


# What stands in the way of a copy, and what the notice says.
IN_THE_WAY = "(File exists|Not a directory|.* already exists)"
OBSTACLES = {
    "disk full": (disk_full, os.strerror(errno.ENOSPC)),
    "disk full at the end": (disk_full_at_the_end, os.strerror(errno.ENOSPC)),
    "read-only": (read_only, os.strerror(errno.EROFS)),
    "no right to write": (no_right_to_write, os.strerror(errno.EACCES)),
    "file for the folder": (file_for_the_folder, IN_THE_WAY),
    "file for the folder above": (file_for_the_folder_above, IN_THE_WAY),
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_no_place_for_a_copy_costs_no_data(kind, good, use, monkeypatch, assert_is_mnist, capsys):
    obstacle, cause = OBSTACLES[kind]
    obstacle(monkeypatch)
    use(good)
    result = data.load_mnist()
    assert_is_mnist(result)
    assert result.source == f"MNIST, downloaded from {good.host}"
    printed = capsys.readouterr().out
    folder = data.mnist_cache().parent
    assert f"NOTICE: MNIST could not be kept in {folder}, so it is downloaded again" in printed
    assert re.search(rf"next time: {cause}\n$", printed)
    assert "Errno" not in printed
    assert cached() == []


def test_a_leftover_that_cannot_be_removed_costs_no_data(
    good, use, monkeypatch, assert_is_mnist, capsys
):
    disk_full(monkeypatch)
    monkeypatch.setattr(Path, "unlink", failing(errno.EROFS))
    use(good)
    assert_is_mnist(data.load_mnist())
    assert os.strerror(errno.ENOSPC) in capsys.readouterr().out
    assert [Path(name).suffix for name in cached()] == [".part"]


def test_an_interrupted_writer_leaves_nothing(good, use, monkeypatch):
    def interrupt(file, **arrays):
        file.write(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupt)
    use(good)
    with pytest.raises(KeyboardInterrupt):
        data.load_mnist()
    assert cached() == []


def test_a_download_needs_no_room_for_temporary_files(good, use, monkeypatch, assert_downloaded):
    monkeypatch.setattr(tempfile, "mkdtemp", failing(errno.ENOSPC))
    use(good)
    assert_downloaded(good)


@pytest.mark.parametrize("mirror", ["up", "down"])
def test_no_home(mirror, good, use, monkeypatch, assert_is_mnist, assert_digits, capsys):
    for name in ("HOME", "USERPROFILE", "HOMEPATH", "HOMEDRIVE"):
        monkeypatch.delenv(name, raising=False)
    if os.name != "nt":
        import pwd

        monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)  # the user has no entry
    assert data.mnist_cache() is None
    if mirror == "up":
        use(good)
        result = data.load_mnist()
        assert_is_mnist(result)
        assert result.source == f"MNIST, downloaded from {good.host}"
        assert "NOTICE" not in capsys.readouterr().out
    else:
        good.files.clear()
        use(good)
        assert_digits("HTTP status 404")


@pytest.mark.parametrize("found", ["download", "copy", "nothing"])
def test_old_leftovers_are_removed_and_young_ones_are_not(
    found, copy, archive, good, use, small_mnist
):
    for name, age in (("old.part", 2 * 24 * 3600), ("young.part", 3600)):
        part = copy.with_name(name)
        part.write_bytes(b"PK")
        os.utime(part, times=(time.time() - age,) * 2)
    if found == "copy":
        copy.write_bytes(archive)
    if found == "download":
        use(good)
    assert data.load_mnist().name == ("digits" if found == "nothing" else "mnist")
    assert cached() == ([] if found == "nothing" else ["mnist.npz"]) + ["young.part"]


# --- other processes ---------------------------------------------------------------------------

# Loads what its argument says, in a process of its own, and prints what came.
LOAD = """
import hashlib, io, json, sys, time
import numpy as np
from utils import data

def write_half_and_wait(file, savez=np.savez_compressed, **arrays):
    whole = io.BytesIO()
    savez(whole, **arrays)
    file.write(whole.getvalue()[: whole.tell() // 2])
    file.flush()
    print("half written", flush=True)
    time.sleep(60)

order = json.loads(sys.argv[1])
data.MNIST_ARRAYS = {key: (tuple(shape), sha) for key, (shape, sha) in order["arrays"].items()}
data.VALIDATION_IMAGES = 10
data.MNIST_ARCHIVES, data.MNIST_ORIGINALS = (order["url"],), ()
if order["fault"] == "stop midway":
    np.savez_compressed = write_half_and_wait
if order["fault"] == "small files only":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    # NumPy 1 leaves the unfinished archive open, and Python then complains on stderr.
    sys.unraisablehook = lambda _: None
result = data.load_mnist()
images = np.concatenate([result.train.images, result.validation.images])
print(json.dumps([result.source, hashlib.sha256(images).hexdigest()]))
"""


@pytest.fixture
def load_apart(small_mnist):
    """Return a function that starts a process which loads MNIST from ``mirror``."""
    with contextlib.ExitStack() as stack:

        def start(mirror, fault=""):
            url = f"http://{mirror.host}{ARCHIVE}"
            order = {"arrays": data.MNIST_ARRAYS, "url": url, "fault": fault}
            process = subprocess.Popen(
                [sys.executable, "-c", LOAD, json.dumps(order)],
                cwd=data.COURSE_FOLDER,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def assert_loaded(process, mirror, notice=""):
    """Assert that a process has ended with MNIST from ``mirror``, and with nothing on stderr."""
    printed, errors = process.communicate(timeout=60)
    assert errors == ""
    assert process.returncode == 0
    *notices, last = printed.splitlines()
    _, sha256 = data.MNIST_ARRAYS["x_train"]
    assert json.loads(last) == [f"MNIST, downloaded from {mirror.host}", sha256]
    assert re.fullmatch(notice, "\n".join(notices))


def test_two_processes_at_once(serve, archive, load_apart, assert_is_mnist):
    both = threading.Barrier(2)

    def slowly(request):
        both.wait(60)  # neither has a copy before the other has begun
        request.begin(len(archive))
        for start in range(0, len(archive), len(archive) // 4):
            time.sleep(0.05)
            request.wfile.write(archive[start : start + len(archive) // 4])

    mirror = serve({ARCHIVE: slowly})
    for process in [load_apart(mirror), load_apart(mirror)]:
        assert_loaded(process, mirror, "(NOTICE: .*)?" if os.name == "nt" else "")
    assert cached() == ["mnist.npz"]
    result = data.load_mnist()
    assert_is_mnist(result)
    assert "cached" in result.source


def test_a_process_killed_in_the_download(serve, archive, good, use, load_apart, assert_downloaded):
    midway = threading.Event()

    def stop_midway(request):
        request.begin(len(archive))
        request.wfile.write(archive[: len(archive) // 2])
        midway.set()
        request.server.closing.wait()

    process = load_apart(serve({ARCHIVE: stop_midway}))
    assert midway.wait(60)
    time.sleep(0.1)  # the half arrives
    assert process.poll() is None
    process.kill()
    process.wait()
    assert cached() == []
    use(good)
    assert_downloaded(good)


def test_a_process_killed_while_it_writes_the_copy(copy, good, use, load_apart, assert_is_mnist):
    process = load_apart(good, "stop midway")
    assert process.stdout.readline() == "half written\n"
    process.kill()
    process.wait()
    (half,) = copy.parent.iterdir()
    assert half.suffix == ".part"
    assert half.stat().st_size > 0
    use(good)
    for source in ("downloaded", "cached"):
        result = data.load_mnist()
        assert_is_mnist(result)
        assert source in result.source
        assert cached() == ["mnist.npz", half.name]  # it could still be written to
    os.utime(half, times=(time.time() - 2 * 24 * 3600,) * 2)
    assert "cached" in data.load_mnist().source
    assert cached() == ["mnist.npz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_file_that_cannot_grow_costs_no_data(good, load_apart):
    # As on a full disk, but it is the operating system itself that refuses to write.
    cause = re.escape(os.strerror(errno.EFBIG))
    assert_loaded(load_apart(good, "small files only"), good, f"NOTICE: .*next time: {cause}")
    assert cached() == []
