# SPDX-License-Identifier: BSD-3-Clause
"""The other ends of QEMU's own devices: a link and a line that give everything back."""

from __future__ import annotations

import selectors
import socket
import threading
from types import TracebackType

FRAME_MAX = 65536


class Echo:
    """Gives back what comes over UDP on 127.0.0.1 and over a socket pair, in a thread of its
    own."""

    def __init__(self) -> None:
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._link.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.ports = (self._link.getsockname()[1], probe.getsockname()[1])
        self._line, self.console = socket.socketpair()
        self.console.set_inheritable(True)
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (self._link, self._line, self._stopped):
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._stopped:
                        return
                    if key.fileobj is self._link:
                        data, peer = self._link.recvfrom(FRAME_MAX)
                        self._link.sendto(data, peer)
                    elif data := self._line.recv(FRAME_MAX):
                        self._line.sendall(data)
                    else:
                        selector.unregister(self._line)

    def __enter__(self) -> Echo:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.send(b"x")
        self._thread.join(timeout=5)
        for one in (self._link, self._line, self.console, self._stop, self._stopped):
            one.close()
