"""What a stranger's code may not ask of the system's kernel. Read `closed`, then `NEVER`.

Two runs of an answer lie in one jail, and one may go on while the other ends: so neither may leave anything behind for
the other, or speak to it. These calls are closed before the first cell runs, and for all threads; nothing opens them
again. They give "not permitted", as they would where there is no right to them. Who forks the children closes all that
it doesn't need itself, once for all of them; the few calls that are left a child closes for itself.

What stays open is what every process can measure: the clock, how fast files come, which number a new thread has.
"""

import ctypes
import os
import struct
import sys
from contextlib import suppress
from functools import cache

NEVER = {
    # another process, or another program
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281), "unshare": (272, 97),
    "setns": (308, 268), "setsid": (112, 157), "setpgid": (109, 154), "ptrace": (101, 117), "kcmp": (312, 272),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140),
    "sched_setaffinity": (203, 122), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "capget": (125, 90), "capset": (126, 91), "perf_event_open": (298, 241), "bpf": (321, 280),
    "userfaultfd": (323, 282),
    # files, beside those that may be written at all
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, -1), "lchown": (94, -1),
    "fchown": (93, 55), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "truncate": (76, 45),
    "open_by_handle_at": (304, 265),
    # what outlives a process, or is shared by several
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "flock": (73, 32), "memfd_create": (319, 279), "inotify_init": (253, -1),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    # a way out, or to somebody
    "socket": (41, 198), "bind": (49, 200), "connect": (42, 203), "listen": (50, 201), "sendmsg": (46, 211),
    "sendmmsg": (307, 269), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
}  # fmt: skip
"""Calls that are closed, whatever they are given: their numbers on x86-64 and on aarch64 (-1: there is none)."""

NEWER, ALLOWED_NEWER = 424, (436, 437, 439, 441)
"""From this number on, the same on all machines, a call is unknown but for these (close_range, openat2, …)."""

OPENAT2 = 437
WRITES = 0x1 | 0x2 | 0x40 | 0x200
"""How a file is opened to be written to, made, or cut."""

OPENS = (((2, -1), 1), ((257, 56), 2))
"""open and openat, and the place of how."""

NAMES = {
    "creat": (85, -1), "mkdir": (83, -1), "mkdirat": (258, 34), "mknod": (133, -1), "mknodat": (259, 33),
    "link": (86, -1), "linkat": (265, 37), "symlink": (88, -1), "symlinkat": (266, 36), "rename": (82, -1),
    "renameat": (264, 38), "renameat2": (316, 276), "unlink": (87, -1), "unlinkat": (263, 35), "rmdir": (84, -1),
}  # fmt: skip
"""Calls that are closed where some folders can be written to: what makes, names or removes a file."""

CHILDS = ("sendmsg", "setpgid")
"""What a child closes for itself, beside new processes and signals for others: who forks it needs these."""

SHARED, ANONYMOUS, THREAD = 0x1, 0x20, 0x10000
LOCKS = (6, 7, 8, 10, 15, 37, 38, 1024, 1026)
"""What fcntl may not do: locks, leases, and signals for somebody else."""

ONLY_ZERO = {
    "getpgid": (121, 155, 0), "getsid": (124, 156, 0), "getpriority": (140, 141, 1), "sched_getaffinity": (204, 123, 0),
    "sched_getscheduler": (145, 120, 0), "sched_getparam": (143, 121, 0), "sched_getattr": (315, 275, 0),
    "sched_rr_get_interval": (148, 127, 0), "ioprio_get": (252, 31, 1), "get_robust_list": (274, 100, 0),
    "prlimit64": (302, 261, 0), "sendto": (44, 206, 4),
}  # fmt: skip
"""Calls that name somebody, and the place of that name, which must be 0: oneself, or whoever is at the other end."""

CHOSEN = (((72, 25), 1, LOCKS), ((16, 29), 1, (0x8901, 0x8902)), ((157, 167), 0, (62,)))
"""fcntl, ioctl and prctl, which are closed for some of what they do: its place, and what."""

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""For each machine: which of the two numbers is its own, and how the kernel calls it."""

LOAD, EQUAL, AT_LEAST, ANY_OF, GIVE = 0x20, 0x15, 0x35, 0x45, 0x06
YES, NOT_PERMITTED, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
KILL = 0x80000000
Step = tuple[int, int, int, int]
_STEP = struct.Struct("HBBI")
OWN = 0x5A5A5A5A


@cache
def libc() -> ctypes.CDLL:
    """The system's own library, opened once."""
    return ctypes.CDLL(None, use_errno=True)


def possible() -> bool:
    """Whether calls can be closed on this machine."""
    if sys.platform != "linux" or os.uname().machine not in MACHINES or sys.maxsize < 2**32:
        return False
    return libc().prctl(21, 0, 0, 0, 0) >= 0  # PR_GET_SECCOMP: the kernel knows of filters


def hide() -> None:
    """Let no other process of the same user look into this one, nor into those that it forks."""
    with suppress(OSError, AttributeError):
        libc().prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


def close(*, unwritten: bool = False) -> None:
    """Close all but `CHILDS` for this process, and for each that it forks, for good. Raises OSError.

    `unwritten`: no file is written to either, not even /dev/null.
    """
    _childs()
    libc().prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, for all children too
    _, program = _laid_out(closed(os.uname().machine, unwritten=unwritten))
    _ask(program)


def close_child() -> None:
    """In a child of such a process: close the rest. Raises OSError."""
    code, program, places = _childs()
    for place in places:
        struct.pack_into("I", code, place, os.getpid())
    _ask(program)


@cache
def _childs() -> tuple[ctypes.Array, ctypes.Array, list[int]]:
    """The child's filter, and the places where its number goes: made before there is a child, whose time it saves."""
    rules = closed_in_child(os.uname().machine, OWN)
    code, program = _laid_out(rules)
    places = [row * _STEP.size + 4 for row, step in enumerate(rules) if step[3] == OWN]
    return code, program, places


def _laid_out(rules: list[Step]) -> tuple[ctypes.Array, ctypes.Array]:
    """A filter as the kernel reads it, and what says where it lies, which is good as long as both are kept."""
    packed = b"".join(_STEP.pack(*step) for step in rules)
    code = ctypes.create_string_buffer(packed, len(packed))
    return code, ctypes.create_string_buffer(struct.pack("HP", len(rules), ctypes.addressof(code)))


def _ask(program: ctypes.Array) -> None:
    """Let the kernel ask this filter at each call."""
    if libc().prctl(22, 2, program, 0, 0):  # PR_SET_SECCOMP
        raise OSError(ctypes.get_errno(), "calls can't be closed")


def closed(machine: str, *, unwritten: bool = False) -> list[Step]:
    """The filter for all: it is asked at each call, and goes from top to bottom."""
    place, name = MACHINES[machine]
    steps: list[Step] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, name), (GIVE, 0, 0, KILL), (LOAD, 0, 0, 0)]
    steps += [(AT_LEAST, 0, 1, 0x40000000), (GIVE, 0, 0, UNKNOWN)]
    for number in (one for one in ALLOWED_NEWER if not unwritten or one != OPENAT2):
        steps += [(EQUAL, 0, 1, number), (GIVE, 0, 0, YES)]
    steps += [(AT_LEAST, 0, 1, NEWER), (GIVE, 0, 0, UNKNOWN)]
    steps += _never([one[place] for name, one in NEVER.items() if name not in CHILDS])
    if unwritten:
        steps += _never([one[place] for one in NAMES.values()])
        for pair, where in OPENS:
            if pair[place] >= 0:
                steps += _case(pair[place], [_low(where), (ANY_OF, 1, 0, WRITES), (GIVE, 0, 0, YES)])
    for call in ONLY_ZERO.values():
        steps += _case(call[place], [*_is(call[2], 0), (GIVE, 0, 0, YES)])
    for clock in ((228, 113), (229, 114), (230, 115), (222, 107)):  # that of another process is below 0
        steps += _case(clock[place], [_low(0), (ANY_OF, 1, 0, 0x80000000), (GIVE, 0, 0, YES)])
    shared = [_low(3), (ANY_OF, 0, 1, SHARED), (ANY_OF, 0, 1, ANONYMOUS), (GIVE, 0, 0, YES)]
    steps += _case((9, 222)[place], shared)
    for pair, where, never in CHOSEN:
        steps += _but(pair[place], where, never)
    return [*steps, (GIVE, 0, 0, YES)]


def closed_in_child(machine: str, own: int) -> list[Step]:
    """The filter for a child with the number `own`, beside the one above: the stricter word counts."""
    place = MACHINES[machine][0]
    steps: list[Step] = [(LOAD, 0, 0, 0), *_never([NEVER[name][place] for name in CHILDS])]
    for kill in ((62, 129), (234, 131)):
        steps += _case(kill[place], [*_is(0, own), (GIVE, 0, 0, YES)])
    steps += _case((56, 220)[place], [_low(0), (ANY_OF, 0, 1, THREAD), (GIVE, 0, 0, YES)])
    steps += _but((157, 167)[place], 0, (1,))  # prctl: not to end with its parent
    return [*steps, (GIVE, 0, 0, YES)]


def _never(numbers: list[int]) -> list[Step]:
    """Not permitted: each of these calls that there is on this machine."""
    return [step for one in numbers if one >= 0 for step in ((EQUAL, 0, 1, one), (GIVE, 0, 0, NOT_PERMITTED))]


def _case(number: int, inside: list[Step]) -> list[Step]:
    """For this call: the steps inside, and not permitted where they come to their end."""
    return [(EQUAL, 0, len(inside) + 1, number), *inside, (GIVE, 0, 0, NOT_PERMITTED)]


def _but(number: int, where: int, never: tuple[int, ...]) -> list[Step]:
    """This call, but not where the value at this place is one of these."""
    tests = [(EQUAL, len(never) - row, 0, one) for row, one in enumerate(never)]
    return _case(number, [_low(where), *tests, (GIVE, 0, 0, YES)])


def _low(place: int) -> Step:
    """Load the lower half of the value at this place."""
    return (LOAD, 0, 0, 16 + 8 * place)


def _is(place: int, value: int) -> list[Step]:
    """Go on where the value at this place is that, else past one more step."""
    return [_low(place), (EQUAL, 0, 3, value), (LOAD, 0, 0, 20 + 8 * place), (EQUAL, 0, 1, 0)]
