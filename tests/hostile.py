"""Hostile and broken submissions, as data: what somebody may hand in who wants points, or does not care.

Each is an attack on an answer that is wrong, for each of three kinds of exercises: a dict (E9), a function that is
asked again and again (E15), a program (E13). `BEFORE` runs in a cell before the answer, `INSIDE` runs in the function
each time that it is called, `VALUES` stand where the answer stands, and the last ones are no notebook as Jupyter makes
one. `Found` is raised by an attack that got what it must not get; MARK names whatever is left behind.
"""
# ruff: noqa: E501, ISC004 - programs as texts, each in few lines

import json
from dataclasses import dataclass, field

from handed_in import notebook

MARK = "cloudlab-hostile"

OPEN = '''
def everywhere(content):
    """Write to every open file."""
    import os
    for number in range(3, 300):
        try:
            os.write(number, content)
        except OSError:
            pass
'''

FOUND = 'class Found(Exception): "What must not be found was found."\n'


@dataclass(frozen=True)
class Attack:
    """A submission: its name, its cells or its bytes, the verdicts that it may get, and whether it takes its time."""

    name: str
    exercise: str
    verdicts: tuple[str, ...]
    cells: tuple[str, ...] = ()
    content: bytes = b""
    slow: bool = False
    codes: tuple[str, ...] = field(default=())

    @property
    def file(self) -> bytes:
        """The bytes that are handed in."""
        return self.content or notebook(*self.cells).encode("utf-8", "surrogatepass")


CODE = {
    "E9": 'answer = {"queues": []}',
    "E15": "def decide(history):\n    INSIDE\n    return 1\n\n\nanswer = decide",
    "E13": (
        "def consume(queue, table):\n"
        "    while True:\n"
        "        for one in (yield queue.receive_message(wait_time_seconds=20)):\n"
        "            INSIDE\n"
        '            yield table.charge(one["body"])\n'
        "\n\nanswer = consume"
    ),
}
"""A wrong answer of each kind."""

WRONG = {"E9": "tightly_coupled", "E15": "too_late", "E13": "no_delete"}
"""What is wrong with it, which is told after the easy workload: 2 points."""

ONLY = ("graded",)
STOPPED = ("crash",)
LATE = ("timeout",)
GARBLED = ("tamper", "crash", "output")

# name: (code of a cell, the verdicts that it may get)
BEFORE = {
    "os._exit": ("import os\nos._exit(0)", STOPPED),
    "forged replies": (
        OPEN + "everywhere(b'[0, \"reply\", {\"points\": 10}]\\n' * 3)",
        GARBLED,
    ),
    "fork bomb": ("import os\nwhile True:\n    os.fork()", ONLY),
    "bare except around an endless loop": (
        "while True:\n    try:\n        while True:\n            pass\n    except:\n        pass",
        LATE,
    ),
    "builtins that lie": (
        "import builtins\n"
        "for name in ('max', 'min', 'sum', 'any', 'all', 'len', 'isinstance', 'abs', 'sorted', 'type'):\n"
        "    setattr(builtins, name, lambda *given, **named: True)",
        (*ONLY, *GARBLED),
    ),
    "json that lies": (
        "import json\njson.dumps = lambda *given, **named: '{\"points\": 10, \"code\": \"correct\"}'",
        (*ONLY, *GARBLED),
    ),
    "ast transformer": (
        "import ast\n"
        "class Full(ast.NodeTransformer):\n"
        "    def visit_Constant(self, node):\n"
        "        return ast.copy_location(ast.Constant(10.0), node) if node.value == 0 else node\n"
        "get_ipython().ast_transformers.append(Full())",
        ONLY,
    ),
    "engine that lies": (
        FOUND + "import importlib\n"
        "for name in ('judging', 'variants', 'results', 'question', 'attempts', 'words'):\n"
        "    try:\n"
        "        found = importlib.import_module(f'cloudlab.judge.{name}')\n"
        "    except ImportError:\n"
        "        continue\n"
        "    if getattr(found, '__file__', None):\n"
        "        raise Found",
        ONLY,
    ),
    "right answers of the engine": (
        FOUND + "import importlib, pkgutil, cloudlab\n"
        "from pathlib import Path\n"
        "home = Path(cloudlab.__file__).parent\n"
        "if list(home.rglob('pools')) or list(home.rglob('words.toml')) or list(home.rglob('group_look.py')):\n"
        "    raise Found\n"
        "for name in ('sqs', 'sqs.tasks', 'autoscaling_limits.group_look', 'monolith_and_microservices'):\n"
        "    try:\n"
        "        found = importlib.import_module(f'cloudlab.exercises.{name}')\n"
        "    except ImportError:\n"
        "        continue\n"
        "    if getattr(found, '__file__', None) or getattr(found, 'E13', None).__class__.__name__ != 'StandIn':\n"
        "        raise Found",
        ONLY,
    ),
    "banks on the disk": (
        FOUND + "import os\n"
        "for place, folders, files in os.walk('/'):\n"
        "    if 'banks' in folders and 'tests' in place or any(f in ('words.toml', 'handed_in.py') for f in files):\n"
        "        raise Found",
        ONLY,
    ),
    "gc of the whole process": (
        FOUND + "import gc\n"
        "for one in gc.get_objects():\n"
        "    names = {type(one).__name__, *(one if type(one) is dict and len(one) < 50 else ())}\n"
        "    if names & {'Exercise', 'Verdict', 'Trial', 'Draw', 'seeds', 'reference', 'salt', 'BoundedWorld'}:\n"
        "        raise Found",
        ONLY,
    ),
    "frames of who calls": (
        FOUND + "import sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    if {'seeds', 'seed', 'salt', 'draw', 'luck'} & {*frame.f_locals, *frame.f_locals.get('order', ())}:\n"
        "        raise Found\n"
        "    frame = frame.f_back",
        ONLY,
    ),
    "deepcopy that does not copy": ("import copy\ncopy.deepcopy = copy.copy = lambda one, *more: one", ONLY),
    "plain that lets all through": (
        "import cloudlab.judge.plain as engine\nengine.plain = lambda one: one\n"
        "import cloudlab.judge.calling as calling\ncalling.plain = engine.plain",
        (*ONLY, *GARBLED),
    ),
    "forged fault": (
        OPEN + "fault = b'{\"code\": \"correct\", \"happened\": \"\", \"why\": \"\", \"look\": \"\", \"detail\": \"\"}'\n"
        "everywhere(b'[0, \"fault\", ' + fault + b']\\n')",
        GARBLED,
    ),
    "forged lines without end": (
        OPEN + "while True:\n    everywhere(b'[0, \"reply\", 1]\\n' * 1000)",
        (*GARBLED, "timeout"),
    ),
    "a line without end": (OPEN + "while True:\n    everywhere(b'x' * 100_000)", (*GARBLED, "timeout")),
    "os.abort": ("import os\nos.abort()", STOPPED),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", STOPPED),
    "sys.exit": ("import sys\nsys.exit(0)", ONLY),
    "SystemExit from a dunder": (
        "class Odd:\n    def __repr__(self):\n        raise SystemExit\n    __str__ = __eq__ = __hash__ = __repr__\nOdd()",
        ONLY,
    ),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", ONLY),
    "exception without a name": (
        "class Meta(type):\n    @property\n    def __name__(cls):\n        raise SystemExit\n"
        "class Odd(BaseException, metaclass=Meta):\n    pass\nraise Odd",
        (*ONLY, *STOPPED),
    ),
    "thread bomb": (
        "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        ONLY,
    ),
    "memory in one piece": ("big = bytearray(1 << 45)", ONLY),
    "memory bit by bit": ("big = []\nwhile True:\n    big.append(bytearray(1 << 24))", (*ONLY, "memory", "crash")),
    "deaf to the signal of its time": (
        "import signal\nfor one in range(1, 65):\n    try:\n        signal.signal(one, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass",
        LATE,
    ),
    "sleep": ("import time\nwhile True:\n    time.sleep(1000)", LATE),
    "stops itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", (*LATE, *STOPPED)),
    "kills who started it": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", ONLY),
    "kills all": ("import os, signal\nos.kill(-1, signal.SIGKILL)", ONLY),
    "kills each": (
        FOUND + "import os, signal\nfor one in range(1, 5000):\n    try:\n"
        "        one == os.getpid() or os.kill(one, signal.SIGSTOP) or 1 / 0\n    except PermissionError:\n        pass",
        ONLY,
    ),
    "ptrace": (
        FOUND + "import ctypes, os\nif ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0:\n    raise Found",
        ONLY,
    ),
    "memory of its parent": (
        FOUND + "import os\nfor name in ('mem', 'fd', 'environ', 'maps', 'oom_score_adj'):\n"
        "    if os.path.exists(f'/proc/{os.getppid()}/{name}'):\n        raise Found",
        ONLY,
    ),
    "limits of its parent": (
        FOUND + "import os, resource\n"
        "try:\n    resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (7, 77))\n"
        "except PermissionError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "files that carry a state": (
        FOUND + "import os\n"
        f"for place in ('/tmp', '/dev/shm', '/dev', '/', '/var/tmp', '/course', '/run', os.getcwd()):\n"
        f"    try:\n        open(f'{{place}}/{MARK}', 'w')\n"
        "    except OSError:\n        continue\n    raise Found",
        ONLY,
    ),
    "folders that carry a state": (
        FOUND + "import os\n"
        "for place in ('/dev/shm', '/dev/pts', '/run', '/var/tmp', '/tmp', *__import__('sys').path):\n"
        f"    for make in (os.mkdir, os.mkfifo, lambda name: os.symlink('state', name)):\n"
        f"        try:\n            make(f'{{place}}/{MARK}')\n"
        "        except OSError:\n            continue\n        raise Found",
        ONLY,
    ),
    "a terminal for two": (
        FOUND + "import os\ntry:\n    os.openpty()\nexcept OSError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "memory of each": (
        FOUND + "import os\nfor one in {*range(1, 200), os.getppid()} - {os.getpid()}:\n"
        "    for name in ('mem', 'environ', 'maps', 'fd/0', 'auxv'):\n"
        "        try:\n            os.close(os.open(f'/proc/{one}/{name}', os.O_RDONLY))\n"
        "        except OSError:\n            continue\n        raise Found",
        ONLY,
    ),
    "abstract socket": (
        FOUND + "import socket\n"
        f"try:\n    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('\\0{MARK}')\n"
        "except PermissionError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "a pair that is bound": (
        FOUND + "import socket\none, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        f"try:\n    one.bind('\\0{MARK}')\nexcept PermissionError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "shared memory of System V": (
        FOUND + "import ctypes\nif ctypes.CDLL(None).shmget(4711, 4096, 0o1666) >= 0:\n    raise Found",
        ONLY,
    ),
    "shared memory of POSIX": (
        FOUND + "from multiprocessing import shared_memory\n"
        f"try:\n    shared_memory.SharedMemory('{MARK}', create=True, size=99)\n"
        "except OSError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "keyring": (
        FOUND + "import ctypes, platform\nnumber = 248 if platform.machine() == 'x86_64' else 217\n"
        "if ctypes.CDLL(None).syscall(number, b'user', b'state', b'1', 1, -4) >= 0:\n    raise Found",
        ONLY,
    ),
    "locks on files that are there": (
        FOUND + "import fcntl, os\nfile = open(os.__file__)\n"
        "for lock in (fcntl.flock, fcntl.lockf):\n"
        "    try:\n        lock(file, fcntl.LOCK_SH)\n    except PermissionError:\n        continue\n    raise Found",
        ONLY,
    ),
    "a file that two have in memory": (
        FOUND + "import mmap, os\nfile = open(os.__file__)\n"
        "try:\n    mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)\n"
        "except PermissionError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "io_uring": (
        FOUND + "import ctypes\nif ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(200)) >= 0:\n"
        "    raise Found",
        ONLY,
    ),
    "a way out": (
        FOUND + "import socket\nfor place in (('127.0.0.1', 80), ('10.0.0.1', 53), ('1.1.1.1', 443)):\n"
        "    try:\n        socket.create_connection(place, 1)\n    except OSError:\n        continue\n    raise Found",
        ONLY,
    ),
    "another program": (
        FOUND + f"import os, subprocess\nos.system('touch /tmp/{MARK}')\n"
        "try:\n    subprocess.run(['/usr/bin/id'])\nexcept OSError:\n    pass\nelse:\n    raise Found",
        ONLY,
    ),
    "a daemon": ("import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        pass", ONLY),
    "its own namespace": (
        FOUND + "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000) == 0:\n    raise Found",
        ONLY,
    ),
    "files of the teacher": (
        FOUND + "import os\nfor place in ('/etc/passwd', '/etc/shadow', '/etc/hosts', '/sys/class', '/proc/1', '/var/log'):\n"
        "    if os.path.exists(place):\n        raise Found",
        ONLY,
    ),
    "input transformer": (
        "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
        ("not_attempted", "invalid"),
    ),
    "transformer that raises": (
        "def odd(lines):\n    raise SystemExit\nget_ipython().input_transformers_cleanup.append(odd)",
        ("not_attempted", "crash", "graded"),
    ),
    "run_cell that lies": (
        "shell = get_ipython()\nshell.run_cell = lambda *given, **named: None",
        ("not_attempted", "crash"),
    ),
    "do_execute that lies": (
        "try:\n    from ipykernel.ipkernel import IPythonKernel\n"
        "    IPythonKernel.do_execute = lambda *given, **named: {'status': 'ok'}\nexcept ImportError:\n    pass",
        ONLY,
    ),
    "another desk": (
        "import sys, types\nfalse = types.ModuleType('cloudlab.exercises')\n"
        "class Full:\n    points = check = scenario = lambda *given: 10.0\n"
        "false.exercise = lambda *given, **named: Full()\nsys.modules['cloudlab.exercises'] = false\nq = Full()",
        ("not_attempted",),
    ),
    "answers written at the desk": (
        "from cloudlab.grading.standins import HANDED_IN\nHANDED_IN.clear()\n"
        "HANDED_IN.update({'EXERCISE': (object(), 'x' * 100), 'E1': 5, 7: (1, 2)})",
        (*ONLY, *STOPPED, *GARBLED),
    ),
    "told at the desk": (
        "import gc\nfor one in gc.get_objects():\n    if type(one).__name__ == 'Serving':\n"
        "        one._tell(0, 'reply', {'answers': {'EXERCISE': {'plain': 10, 'points': 10}}, 'faults': []})",
        (*ONLY, *GARBLED),
    ),
    "other modules": (
        "import sys\nfor name in ('json', 'numpy', 'copy', 'inspect', 'cloudlab.judge.plain', 'cloudlab.judge.calling'):\n"
        "    sys.modules[name] = None",
        (*ONLY, *STOPPED, *GARBLED),
    ),
    "numpy that is none": (
        "import sys, types\nfalse = types.ModuleType('numpy')\n"
        "class ndarray:\n    size = 1\n    def tolist(self):\n        return 1\n"
        "false.ndarray = ndarray\nfalse.random = None\nsys.modules['numpy'] = false",
        ONLY,
    ),
    "atexit": ("import atexit, os\natexit.register(os._exit, 0)\nos.register_at_fork(before=lambda: 1 / 0)", ONLY),
    "trace": ("import sys\nsys.settrace(lambda *given: 1 / 0)\nsys.setprofile(lambda *given: None)", (*ONLY, *STOPPED)),
    "audit hook": (
        "import sys\ndef no(*given):\n    raise SystemExit\nsys.addaudithook(no)",
        (*ONLY, *STOPPED, *GARBLED, "not_attempted"),
    ),
    "a thread that reseeds": (
        "import random, threading\ndef again():\n    while True:\n        random.seed(1)\n"
        "threading.Thread(target=again, daemon=True).start()",
        (*ONLY, *LATE),
    ),
    "a thread that closes files": (
        "import os, threading\ndef close():\n    while True:\n        os.closerange(3, 300)\n"
        "threading.Thread(target=close, daemon=True).start()",
        (*ONLY, *STOPPED, *LATE),
    ),
    "all files closed": ("import os\nos.closerange(0, 300)", STOPPED),
    "another file in place of the pipe": (
        "import os\nfor number in range(3, 300):\n    try:\n        os.dup2(1, number)\n    except OSError:\n        pass",
        (*STOPPED, *LATE),
    ),
    "recursion": (
        "import sys\nsys.setrecursionlimit(10**9)\ndef deep():\n    return deep()\ndeep()",
        (*ONLY, *STOPPED, *LATE, "memory"),
    ),
    "much printed": ("for _ in range(300):\n    print('x' * 1_000_000)", ONLY),
    "printed without end": ("while True:\n    print('y' * 1000)", LATE),
    "HTML printed": ("print('<script>alert(1)</script>')\nraise Exception('<img src=x onerror=alert(1)>')", ONLY),
    "HTML in the name of an exception": ("raise type('<script>alert(1)</script>', (Exception,), {})", ONLY),
    "asks somebody": ("input('?')", ONLY),
    "magics": (f"!touch /tmp/{MARK}\n%run /etc/passwd\n%load_ext nowhere\n%cd /", ONLY),
    "a pattern that never ends": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", LATE),
    "a number that never ends": ("10 ** 10 ** 10", (*LATE, *ONLY, "memory", "crash")),
    "endless generator": ("sum(iter(int, 1))", LATE),
    "brackets": ("(" * 50_000, ONLY),
    "minus signs": ("x = " + "-" * 100_000 + "1", (*ONLY, *STOPPED)),
    "null byte": ("x = 1\0", ONLY),
    "lone surrogate": ("x = '\ud800'\nprint(x)\nraise Exception('\udfff')", ONLY),
    "letters that look alike": ("𝐪.𝐜𝐡𝐞𝐜𝐤(10)\nх = 1  # \u202etxet", ONLY),
    "a huge cell": ("x = '" + "y" * 900_000 + "'", ONLY),
    "unknown exercise": ("exercise('E99').check(1)\nexercise('../../E1').check(1)\nexercise(None)", ONLY),
    "many answers": (
        "from cloudlab.grading.standins import HANDED_IN\n"
        "for n in range(1000):\n    HANDED_IN[f'E{n}'] = (list(range(1000)), 1)",
        (*ONLY, *GARBLED),
    ),
}  # fmt: skip

# name: (code in the function, the verdicts, the codes that it may get)
HIDDEN = "str((locals()))"
INSIDE = {
    "os._exit when called": ("import os; os._exit(0)", STOPPED, ()),
    "raises what it was called with": (f"raise ValueError({HIDDEN})", ONLY, ("raised",)),
    "forges what went wrong": (
        f"from cloudlab.judge.feedback import Fault, Feedback; raise Fault(Feedback('wrong_shape', {HIDDEN}, 'x', 'y'))",
        ONLY,
        ("wrong_shape",),
    ),
    "forges a code": (
        "from cloudlab.judge.feedback import Fault, Feedback; raise Fault(Feedback('correct', 'Full marks.'))",
        GARBLED,
        (),
    ),
    "forged replies when called": (
        "[__import__('os').write(n, b'[1, \"reply\", 5]\\n') for n in range(3, 40) if n in OPEN_FILES()]",
        GARBLED,
        (),
    ),
    "endless when called": ("while True: pass", LATE, ()),
    "bare except when called": ("exec('while True:\\n try:\\n  while 1: pass\\n except: pass')", LATE, ()),
    "fork when called": ("__import__('os').fork()", ONLY, ("raised",)),
    "SystemExit when called": ("raise SystemExit", ONLY, ("raised",)),
    "KeyboardInterrupt when called": ("raise KeyboardInterrupt", STOPPED, ()),
    "GeneratorExit when called": ("raise GeneratorExit", ONLY, ("raised",)),
    "a check inside": ("q.check(answer)", ONLY, ()),
    "recursion when called": ("(lambda f: f(f))(lambda f: f(f))", ONLY, ("endless", "raised")),
    "memory when called": ("bytearray(1 << 45)", ONLY, ("endless",)),
    "asks somebody when called": ("input()", ONLY, ("raised",)),
    "much printed when called": ("print('x' * 10_000_000)", ONLY, ()),
    "state in a class": ("import fractions; fractions.Fraction.seen = getattr(fractions.Fraction, 'seen', 0) + 1", ONLY, ()),
    "state in a file": (f"open('/tmp/{MARK}', 'a').write('x')", ONLY, ("raised",)),
    "state in the environment": ("import os; os.environ['SEEN'] = os.environ.get('SEEN', '') + 'x'", ONLY, ()),
    "changes what it is handed": ("HANDED.clear() if hasattr(HANDED, 'clear') else None", ONLY, ()),
    "reads frames when called": (
        "import sys; f = sys._getframe()\n    while f: 1 / ('seeds' not in f.f_locals); f = f.f_back",
        ONLY,
        (),
    ),
    "gc when called": (
        "import gc; 1 / (not [o for o in gc.get_objects() if type(o).__name__ in ('Trial', 'BoundedWorld', 'Queue')])",
        ONLY,
        (),
    ),
    "kills when called": ("import os; os.kill(os.getppid(), 9)", ONLY, ("raised",)),
    "a name that tells": (
        "raise type('E' + ''.join(filter(str.isalnum, str(locals())))[:30], (Exception,), {})",
        ONLY,
        ("raised",),
    ),
}  # fmt: skip

CLASSES = (
    "class Equal:\n"
    "    def __eq__(self, other): return True\n"
    "    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = __eq__\n"
    "    def __hash__(self): return 1\n"
    "    def __len__(self): return 1\n"
    "    def __getattr__(self, name): return self\n"
    "    def __call__(self, *given, **named): return self\n"
    "    def __iter__(self): return iter(())\n"
    "class Whole(int):\n"
    "    def __eq__(self, other): return True\n"
    "    __hash__ = int.__hash__\n"
    "class Share(float):\n"
    "    def __le__(self, other): return True\n"
    "class Text(str):\n"
    "    def __eq__(self, other): return True\n"
    "    __hash__ = str.__hash__\n"
    "class Listed(list):\n"
    "    def __iter__(self): return iter(['full'])\n"
    "class Dict(dict):\n"
    "    def __getitem__(self, name): return 10\n"
    "class ndarray:\n"
    "    size = 1\n"
    "    def tolist(self): return 1\n"
    "class Exit:\n"
    "    def __getattribute__(self, name): raise SystemExit\n"
    "deep = []\n"
    "for _ in range(100): deep = [deep]\n"
    "loop = []\n"
    "loop.append(loop)\n"
    "def without_end():\n"
    "    while True: yield 1\n"
)
VALUES = (
    "Equal()", "Whole(10)", "Share(10)", "Text('x')", "Listed([1])", "Dict({'queues': []})", "ndarray()", "Exit()",
    "deep", "loop", "without_end()", "10 ** 30", "float('nan')", "float('inf')", "-1", "True", "'x' * 10_000_000",
    "[0] * 10_000_000", "{1: 2}", "{'queues': Equal()}", "{'queues': [Text('x')]}", "b'x'", "{1, 2}", "object()", "type",
    "Equal", "lambda *given: 1", "...", "'\\ud800'", "{'\\ud800': '\\x00<b>'}", "range(10 ** 12)", "10.0", "'10'",
    "[]", "{}", "''", "complex(1, 1)", "iter([1])", "__import__('decimal').Decimal(10)",
    "__import__('numpy').float64(10)", "__import__('numpy').array([Equal()], dtype=object)", "print", "None",
)  # fmt: skip
"""What stands where an answer, a reply or what a call is given stands; none of it is right."""


def _cells(name: str, *code: str) -> tuple[str, ...]:
    start = f'from cloudlab.exercises import exercise\nq = exercise("{name}")'
    return (start, *code, "q.check(answer)")


def _before(name: str) -> list[Attack]:
    wrong = CODE[name].replace("INSIDE", "pass")
    slow = ("sleep", "stops itself", "another file in place of the pipe")
    return [
        Attack(
            title,
            name,
            verdicts,
            _cells(name, code.replace("EXERCISE", name), wrong),
            slow=title in slow,
        )
        for title, (code, verdicts) in BEFORE.items()
    ]


def _inside(name: str) -> list[Attack]:
    if name == "E9":
        return []
    handed = "history" if name == "E15" else "one"
    open_files = (
        "def OPEN_FILES():\n    import os\n    found = []\n    for n in range(3, 40):\n"
        "        try:\n            os.fstat(n)\n            found.append(n)\n        except OSError:\n            pass\n"
        "    return found\n"
    )
    found = []
    for title, (code, verdicts, codes) in INSIDE.items():
        lines = code.replace("HANDED", handed).replace(
            "\n    ", "\n    " if name == "E15" else "\n            "
        )
        cells = _cells(name, open_files, CODE[name].replace("INSIDE", lines))
        found.append(Attack(title, name, verdicts, cells, codes=codes))
    return found


def _instead(name: str) -> list[Attack]:
    found = []
    for value in VALUES:
        answer = f"answer = {value}"
        if name == "E15":
            answer = f"def decide(history):\n    return {value}\nanswer = decide"
        if name == "E13":
            answer = f"def consume(queue, table):\n    while True:\n        yield table.charge({value})\nanswer = consume"
        found.append(
            Attack(
                f"{value} for an answer",
                name,
                (*ONLY, "not_attempted", "output"),
                _cells(name, CLASSES, answer),
            )
        )
        if name != "E9" and value not in ("...", "None"):
            cells = _cells(name, CLASSES, f"answer = {value}")
            found.append(Attack(f"{value} for a function", name, (*ONLY, "not_attempted"), cells))
    if name == "E13":
        for call in (
            "5",
            "None",
            "queue",
            "queue.receive_message",
            "Equal()",
            "[1]",
            "table.charge('order 1').name",
        ):
            code = f"def consume(queue, table):\n    while True:\n        yield {call}\nanswer = consume"
            found.append(Attack(f"yields {call}", name, ONLY, _cells(name, CLASSES, code)))
        for change in (
            "name = '__class__'",
            "name = 'x' * 50",
            "name = 5",
            "given = 5",
            "given = {'x': 1}",
            "given = {}",
        ):
            code = (
                "def consume(queue, table):\n    while True:\n        call = queue.receive_message()\n"
                f"        call.{change}\n        yield call\nanswer = consume"
            )
            found.append(Attack(f"a call whose {change}", name, (*ONLY, *GARBLED), _cells(name, code)))
    return found


def _files(name: str) -> list[Attack]:
    wrong = _cells(name, CODE[name].replace("INSIDE", "pass"))
    whole = json.loads(notebook(*wrong))
    locked = {"nbgrader": {"grade": True, "locked": True, "points": 10}, "tags": ["skip-execution"]}
    tagged = whole | {
        "cells": [cell | {"metadata": locked, "outputs": [{"text": "10"}]} for cell in whole["cells"]]
    }
    twice = whole | {"cells": whole["cells"] * 3}
    return [
        Attack("tags and outputs", name, ONLY, content=json.dumps(tagged).encode()),
        Attack("each cell three times", name, ONLY, content=json.dumps(twice).encode()),
        Attack("10,000 cells", name, ("invalid",), wrong + ("1",) * 10_000),
        Attack("1,900 cells", name, ONLY, ("pass",) * 1900 + wrong),
        Attack("no check", name, ("not_attempted",), wrong[:-1]),
        Attack("no exercise", name, ("not_attempted",), (f"# {name}", *wrong[1:])),
        Attack("half a file", name, ("invalid",), content=notebook(*wrong).encode()[:-40]),
        Attack("nothing but zeros", name, ("invalid",), content=bytes(1000)),
        Attack("deep", name, ("invalid",), content=b'{"nbformat": 4, "cells": ' + b"[" * 50_000),
        Attack("a zip", name, ("invalid",), content=b"PK\x03\x04" + bytes(100)),
        Attack("cells that are none", name, ("invalid",), content=b'{"nbformat": 4, "cells": {"source": "1"}}'),
        Attack("worksheets that are none", name, ("invalid",), content=b'{"nbformat": 3, "worksheets": [{"cells": 5}, 1]}'),
        Attack("numbers that never end", name, ("invalid",), content=b'{"nbformat": 4, "x": ' + b"9" * 10_000 + b"}"),
        Attack("two lists of cells", name, ONLY, content=notebook(*wrong).encode()[:-1] + b', "nbformat": 4}'),
        Attack("huge", name, ("invalid",), content=b" " * 20_000_001),
    ]  # fmt: skip


def attacks(name: str) -> list[Attack]:
    """All attacks on an exercise, mixed so that the first few are of all sorts."""
    lists = [_before(name), _inside(name), _instead(name), _files(name)]
    longest = max(map(len, lists))
    return [some[place] for place in range(longest) for some in lists if place < len(some)]


STATE = {
    "a class": ("class Kept:\n    done = set()", "Kept.done.add({})", "{} in Kept.done"),
    "a global": ("done = set()", "done.add({})", "{} in done"),
    "a module": ("import fractions\nfractions.done = set()", "fractions.done.add({})", "{} in fractions.done"),
    "builtins": ("import builtins\nbuiltins.done = set()", "builtins.done.add({})", "{} in builtins.done"),
    "a default": ("def known(one=None, done=set()):\n    one and done.add(one)\n    return done", "known({})", "{} in known()"),
    "the environment": ("import os", "os.environ.update({{{}: '1'}})", "{} in os.environ"),
    "the shell": ("kept = get_ipython().user_ns", "kept.update({{{}: 1}})", "{} in kept"),
}  # fmt: skip
"""Where a program of E13 may try to remember beyond its death what it charged: what it needs, writes, and reads."""


def remembers(where: str) -> tuple[str, ...]:
    """The cells of a program that charges without a key in the table, and remembers by itself."""
    needs, write, read = STATE[where]
    code = (
        f"{needs}\n\n\ndef consume(queue, table):\n"
        "    while True:\n"
        "        for one in (yield queue.receive_message(wait_time_seconds=20)):\n"
        '            order = one["body"]\n'
        f"            if not ({read.format('order')}):\n"
        f"                {write.format('order')}\n"
        "                while not (yield table.charge(order)):\n"
        "                    pass\n"
        '            yield queue.delete_message(one["receipt_handle"])\n'
        "\n\nanswer = consume"
    )
    return _cells("E13", code)
