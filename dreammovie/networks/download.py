"""A file from the web, fetched aside: whoever waits for it can stop at any time."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from email.message import Message
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import IO, Any
from urllib.error import URLError
from urllib.parse import urlsplit

_CHUNK = 2**18  # bytes
_TICK = 0.2  # seconds between looks
_LEAST = 2**14  # bytes that come while patience lasts, or it is over


def download(url: str, patience: float) -> Iterator[bytes | int]:
    """Fetches a file while it is iterated.

    Looking up a name knows no time limit of its own, nor does a server that sends a byte now and
    then: so all that is done aside, and left behind when the patience is over, or the iteration.

    Args:
        url: Where it lies. From https, no redirection leads elsewhere.
        patience: Seconds to wait for an answer, and for some bytes.

    Yields:
        Its length, where the server says so; then its bytes, piece by piece, and b"" five times a
        second while there are none.

    Raises:
        OSError, HTTPException, ValueError: it cannot be had.
    """
    pieces: Queue[Any] = Queue(8)
    left = Event()
    Thread(target=_fetch, args=(url, patience, pieces, left), daemon=True).start()
    since, came = time.monotonic(), 0
    answered = False
    try:
        while True:
            try:
                piece = pieces.get(timeout=_TICK)
            except Empty:
                piece = b""
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            answered = answered or piece != b""
            came += len(piece) if isinstance(piece, bytes) else 0
            if time.monotonic() > since + patience:
                if came < _LEAST:
                    what = f"only {came:,} bytes" if answered else "no answer"
                    raise TimeoutError(f"{what} within {patience:g} seconds")
                since, came = time.monotonic(), 0
            yield piece
    finally:
        left.set()


def _fetch(url: str, patience: float, pieces: Queue[Any], left: Event) -> None:
    """Hands over what `download` yields, then None, or whatever went wrong."""

    def hand(piece: Any) -> None:
        while not left.is_set():
            try:
                return pieces.put(piece, timeout=_TICK)
            except Full:
                pass

    try:
        opener = urllib.request.build_opener(_Careful)
        with opener.open(url, timeout=patience) as response:
            if length := response.headers.get("Content-Length"):
                hand(int(length))
            while not left.is_set() and (piece := response.read1(_CHUNK)):
                hand(piece)
        hand(None)
    except Exception as error:
        hand(error)


class _Careful(urllib.request.HTTPRedirectHandler):
    """Follows a redirection to https, or from http to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        schemes = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if schemes[1] != "https" and schemes != ("http", "http"):
            fp.close()
            raise URLError(f"it leads from there to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
