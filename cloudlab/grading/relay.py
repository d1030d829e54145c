"""The way into a container: one pipe that carries what else goes over many sockets. Read `carry` first.

    who grades ──socket, and one for each run──▶ outside ══pipe of frames══▶ inside ──the same sockets──▶ worker

Both ends run nothing of a submission. A frame is its kind, the number of a run, its length, and so many bytes.
"""

import json
import os
import selectors
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator

from cloudlab.grading import fence, worker

HEAD = struct.Struct(">BII")
ORDER, DATA, END = 1, 2, 3
LONGEST = 30_000_000
"""Bytes of a frame: a start with all cells fits."""

ENDS = 10.0
"""Seconds that a container may take to end once its pipe is closed."""


def outside(number: int, command: list[str]) -> None:
    """Carry between the socket with this number and the program that `command` starts, until either ends."""
    boss = socket.socket(fileno=number)
    started = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert started.stdin and started.stdout
    carry(boss, started.stdout.fileno(), started.stdin.fileno(), begins=False)
    boss.close()
    started.stdin.close()  # which ends it
    try:
        started.wait(ENDS)
    except subprocess.TimeoutExpired:
        started.kill()


def inside() -> None:
    """In the container: a worker, and its way out, which carries what other runs are asked: no run may look into it."""
    fence.hide()
    boss, its = socket.socketpair()
    reading, writing = os.dup(0), os.dup(1)
    if os.fork():
        its.close()
        carry(boss, reading, writing, begins=True)
        os._exit(0)  # and the container with it
    for one in (reading, writing, boss.detach()):
        os.close(one)
    worker.main(its.detach())
    os._exit(0)


def carry(boss: socket.socket, reading: int, writing: int, *, begins: bool) -> None:
    """Carry orders, and what each run says, both ways, until one end is gone. `begins`: a run gets its socket here."""
    try:
        _Way(boss, reading, writing, begins=begins).go()
    except OSError:
        return  # an end is gone


class _Way:
    """One end of the pipe: the sockets of the runs that are open, and what they don't take yet."""

    def __init__(self, boss: socket.socket, reading: int, writing: int, *, begins: bool):
        self.boss, self.reading, self.writing, self.begins = boss, reading, writing, begins
        self.wires: dict[int, socket.socket] = {}
        self.left: dict[int, bytearray] = {}
        self.buffer = bytearray()
        self.look = selectors.DefaultSelector()

    def go(self) -> None:
        """Until one end is gone."""
        self.look.register(self.boss, selectors.EVENT_READ, self._from_boss)
        self.look.register(self.reading, selectors.EVENT_READ, self._from_pipe)
        going = True
        while going:
            for key, events in self.look.select():
                act: Callable | int = key.data
                if callable(act):
                    going = act() and going
                elif act in self.wires:
                    self._at_wire(act, events)

    def _from_boss(self) -> bool:
        order, given = worker.receive(self.boss)
        if order is None:
            return False
        for number in given:
            self._adopt(order["run"], socket.socket(fileno=number))
        self._put(ORDER, 0, json.dumps(order).encode("ascii"))
        return True

    def _from_pipe(self) -> bool:
        got = os.read(self.reading, 1 << 16)
        self.buffer += got
        for kind, run, content in self._frames():
            if kind == ORDER:
                self._ordered(json.loads(content))
            elif kind == DATA and run in self.wires:
                self.left[run] += content
                self._at_wire(run, selectors.EVENT_WRITE)
            elif kind == END:
                self._drop(run)
        return bool(got)

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        """The whole frames that have come."""
        while len(self.buffer) >= HEAD.size:
            kind, run, size = HEAD.unpack_from(self.buffer)
            if size > LONGEST:
                raise OSError("a frame is too long")
            if len(self.buffer) < HEAD.size + size:
                return
            content = bytes(self.buffer[HEAD.size : HEAD.size + size])
            del self.buffer[: HEAD.size + size]
            yield kind, run, content

    def _ordered(self, order: dict) -> None:
        if self.begins and order.get("op") == "begin":
            own, its = socket.socketpair()
            self._adopt(order["run"], own)
            with its:
                worker.send(self.boss, order, (its.fileno(),))
        else:
            worker.send(self.boss, order)

    def _adopt(self, run: int, wire: socket.socket) -> None:
        wire.setblocking(False)
        self.wires[run], self.left[run] = wire, bytearray()
        self.look.register(wire, selectors.EVENT_READ, run)

    def _at_wire(self, run: int, events: int) -> None:
        """Give a run what waits for it, and take what it says."""
        wire, left = self.wires[run], self.left[run]
        try:
            if events & selectors.EVENT_WRITE and left:
                del left[: wire.send(left)]
            if events & selectors.EVENT_READ:
                got = wire.recv(1 << 16)
                self._put(DATA if got else END, run, got)
                if not got:
                    self._drop(run)
                    return
        except BlockingIOError:
            pass
        except OSError:
            self._put(END, run, b"")
            self._drop(run)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if left else 0)
        self.look.modify(wire, wanted, run)

    def _drop(self, run: int) -> None:
        if run in self.wires:
            wire = self.wires.pop(run)
            self.look.unregister(wire)
            wire.close()
            del self.left[run]

    def _put(self, kind: int, run: int, content: bytes) -> None:
        """Write a frame, all of it."""
        told = memoryview(HEAD.pack(kind, run, len(content)) + content)
        while told:
            told = told[os.write(self.writing, told) :]


if __name__ == "__main__":
    outside(int(sys.argv[1]), sys.argv[2:])
