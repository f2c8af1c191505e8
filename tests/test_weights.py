"""The real fetching code against a server on this machine."""

import hashlib
import io
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dreammovie import networks
from dreammovie.errors import DreamError
from dreammovie.networks.weights import check_weights, fetch, weights_file

CONTENT = bytes(range(256)) * 4000


def archive(content=CONTENT):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("tensorflow_inception_graph.pb", content)
    return buffer.getvalue()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        data = archive()
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/babble":
            return self.wfile.write(b"this is no HTTP\r\n\r\n")
        if self.path == "/mute":
            return self.server.stopped.wait(20)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.path == "/cut":
            data = data[: len(data) // 2]
        if self.path == "/slow":
            self.wfile.write(data[:1000])
            self.wfile.flush()
            self.server.stopped.wait(20)
            return None
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Sets the row of inception5h to a path on a local server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stopped = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(path, **changes):
        row = replace(
            networks.NETWORKS["inception5h"],
            url=f"http://127.0.0.1:{server.server_port}{path}",
            archive_sha256=hashlib.sha256(archive()).hexdigest(),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
        )
        monkeypatch.setitem(networks.NETWORKS, "inception5h", replace(row, **changes))

    yield serve
    server.stopped.set()
    server.shutdown()
    server.server_close()


def files_in_cache():
    folder = weights_file("inception5h").parent
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_good_file_is_fetched_and_verified(server):
    server("/good")
    progress = list(fetch("inception5h"))
    assert progress[-1] == (len(archive()), len(archive()))
    assert progress == sorted(progress)
    check_weights("inception5h")
    assert weights_file("inception5h").read_bytes() == CONTENT
    assert files_in_cache() == ["tensorflow_inception_graph.pb"]


@pytest.mark.parametrize(
    ("path", "changes", "says"),
    [
        ("/missing", {}, "404"),
        ("/cut", {}, "connection broke|IncompleteRead"),
        ("/babble", {}, "this is no HTTP"),
        ("/good", {"archive_sha256": "0" * 64}, "expected is 000"),
        ("/good", {"sha256": "0" * 64}, "not 000"),
        ("/good", {"file": "other.pb"}, "other.pb"),
    ],
)
def test_bad_file_is_never_used(server, path, changes, says):
    server(path, **changes)
    with pytest.raises(DreamError, match=says) as caught:
        list(fetch("inception5h"))
    assert "--weights FILE" in str(caught.value)
    assert str(weights_file("inception5h")) in str(caught.value)
    assert files_in_cache() == []


@pytest.mark.parametrize(("path", "says"), [("/slow", "timed out"), ("/mute", "time")])
def test_silent_server_times_out(server, path, says):
    server(path)
    with pytest.raises(DreamError, match=says):
        list(fetch("inception5h", patience=0.3))
    assert files_in_cache() == []


def test_a_name_that_nobody_looks_up_times_out(server, monkeypatch):
    server("/good")
    stopped = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: stopped.wait(20))
    with pytest.raises(DreamError, match=r"no answer within 0\.2 seconds"):
        list(fetch("inception5h", patience=0.2))
    stopped.set()


def test_no_server_at_all(server):
    server("/good", url="http://127.0.0.1:9/inception5h.zip")
    with pytest.raises(DreamError, match="could not be fetched from"):
        list(fetch("inception5h"))


def test_stopped_download_leaves_nothing(server):
    server("/good")
    download = fetch("inception5h")
    next(download)
    download.close()
    assert files_in_cache() == []


def test_changed_file_in_the_cache_is_refused(server):
    server("/good")
    list(fetch("inception5h"))
    weights_file("inception5h").write_bytes(b"something else")
    with pytest.raises(DreamError, match="is not the published file"):
        check_weights("inception5h")
