"""The stage: what a run weighs on its way to the browser, how soon it is there, and how it plays.

Frames are counted inside the page while 28 servers, their balancer and their customers play with some
300 requests on their way, and on a page beside it whose canvas, of the same size, only clears itself. The
heap is read after the browser has cleaned up, when it has played for a minute and five minutes later. Read `play`
first.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import browser
from benchmarks.learner import shop
from benchmarks.table import Report, goal, not_measured
from cloudlab.ec2 import Instance, LaunchTemplate
from cloudlab.kernel.record import Record
from cloudlab.kernel.world import World
from cloudlab.load_balancer import LoadBalancer
from cloudlab.traffic import Customers, steady

REQUESTS, SERVERS, RATE = 20_000, 28, 66
"""Requests of the run that is sent; servers of the run that is played, and requests a second there, evenly spread
so that there are always some 300 on their way and never more, for then every second one would be shown."""

FRAMES, GROWTH = 0.95, 5
"""The goals: of the frames of an empty canvas, percent of the heap."""

LABELS = (
    (f"slider to first frame of a run of {REQUESTS:,} / an empty widget's round trip", f"≤ {browser.MOST}"),
    ("frames, 300 requests on their way and 30 parts / an empty canvas", f"≥ {FRAMES}"),
    ("growth of the page's memory while it plays, percent", f"≤ {GROWTH}"),
)

NOTEBOOK = browser.NOTEBOOK.replace(
    "explore(shop, charts.load_and_capacity, requests=REQUESTS)",
    "from cloudlab.views.stage import stage\npanel = explore(shop, stage, requests=REQUESTS)\n"
    "panel.at = 300\npanel",
)

COUNT = """(seconds) => new Promise((done) => {
  const stage = document.getElementById("stage").stage;
  const frames = [], tokens = [], work = [];
  const draw = stage.draw;
  stage.draw = function (...given) {
    const from = performance.now();
    draw.apply(this, given);
    work.push(performance.now() - from);
    tokens.push(this.view.moving);
  };
  const begin = performance.now();
  function count(now) {
    frames.push(now);
    if (performance.now() - begin < 1000 * seconds) requestAnimationFrame(count);
    else { delete stage.draw; done({ frames, tokens, work }); }
  }
  requestAnimationFrame(count);
})"""

CLEARED = """({ width, height, seconds }) => new Promise((done) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  document.body.append(canvas);
  const pen = canvas.getContext("2d");
  const frames = [], begin = performance.now();
  function clear(now) {
    frames.push(now);
    pen.clearRect(0, 0, width, height);
    if (performance.now() - begin < 1000 * seconds) requestAnimationFrame(clear);
    else done(frames);
  }
  requestAnimationFrame(clear);
})"""
"""The frames of an empty canvas: as many as this machine and this browser show."""

ALL = """() => {
  const stage = document.getElementById("stage").stage;
  for (let piece = 0; piece <= 200; piece += 1) stage.seek((stage.end * piece) / 200);
  stage.seek(0);
}"""
"""Show the whole run once, so that what is made at the first sight of a moment is no growth."""

AGAIN = """() => {
  const stage = document.getElementById("stage").stage;
  if (stage.t > 0.8 * stage.end) stage.seek(0.1 * stage.end);
  if (!stage.playing) stage.start();
}"""


def report(changes: int = 30, counted: float = 10, played: float = 300) -> Report:
    """Change a control `changes` times, count frames for `counted` s, and play for `played` s."""
    words = weight()
    program, trouble = browser.find_program()
    if trouble:
        return Report(f"{words} The rest was not measured: {trouble}", [not_measured(*row) for row in LABELS])
    from notebook_page import running_browser

    with running_browser(program) as chromium:
        found, heaps = play(chromium, counted, played)
        with browser.laboratory() as lab:
            empty, _ = browser.timed(chromium, lab, browser.EMPTY, REQUESTS, changes, "[data-revision]")
            firsts, _ = browser.timed(chromium, lab, NOTEBOOK, REQUESTS, changes, ".cloudlab-scene canvas")
        version = chromium.version
    rate, cleared = (per_second(found[name]) for name in ("frames", "cleared"))
    text = (
        f"{words} The first frame of another run is there after {browser.told(firsts)}; an empty anywidget shows a "
        f"picture after {browser.told(empty)}. Played in Chromium {version}: {median(found['tokens']):.0f} requests on "
        f"their way and {SERVERS + 2} parts; a frame takes {median(found['work']):.1f} ms of work "
        f"(median); an empty canvas of the same size shows {cleared:.1f} frames a second. The page's memory is "
        f"{heaps[0] / 1e6:.2f} MB when it has played for {played / 5:g} s, and {heaps[-1] / 1e6:.2f} MB after "
        f"{played:g} s more."
    )
    goals = [
        browser.compared(LABELS[0][0], firsts, empty),
        goal(LABELS[1][0], rate / cleared, f"{{:.2f}} ({rate:.1f} a second)", at_least=FRAMES),
        goal(LABELS[2][0], 100 * (heaps[-1] / heaps[0] - 1), "{:.1f}", at_most=GROWTH),
    ]
    return Report(text, goals)


def per_second(frames: list[float]) -> float:
    """Frames a second, from their times in ms."""
    return 1000 * (len(frames) - 1) / (frames[-1] - frames[0])


def weight() -> str:
    """What it takes to make a run ready for the browser, as a sentence."""
    from cloudlab.views.stage.scene import scene_of

    record = shop(requests=REQUESTS)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        made = scene_of(record)
        seconds.append(time.process_time() - start)
    size = len(made["columns"]) / 1e6
    return f"A run of {made['total']:,} requests is {size:.2f} MB of columns, made in {1e3 * median(seconds):.0f} ms."


def crowd() -> Record:
    """Ten minutes of 30 parts: customers, a balancer and its servers."""
    world = World(1)
    template = LaunchTemplate(launch_time=0, boot_time=0)
    servers = [Instance(world, f"s-{number}", launch_template=template) for number in range(1, SERVERS + 1)]
    balancer = LoadBalancer(world, "shop", targets=servers)
    Customers(world, "customers", traffic=steady(RATE), to=balancer, arrivals="regular", mean_work=0.55)
    return world.run(until=600)


def play(chromium, counted: float, played: float) -> tuple[dict, list[float]]:
    """Frames, tokens and work of `counted` s, and bytes of heap before and after `played` s of play."""
    from cloudlab.views.stage import Stage

    with tempfile.TemporaryDirectory() as scratch:
        path = Stage(crowd(), title="A crowd").save_html(Path(scratch) / "stage.html")
        page = chromium.new_page(viewport={"width": 1130, "height": 1000})
        page.goto(path.as_uri())
        page.wait_for_function("() => document.getElementById('stage').stage?.view")
        page.evaluate(ALL)
        page.evaluate(AGAIN)
        page.wait_for_timeout(3000)  # until as many are on their way as will be
        tools = page.context.new_cdp_session(page)
        found = page.evaluate(COUNT, counted)
        found["cleared"] = cleared(chromium, page, counted)
        go_on(page, played / 5)  # what is made once, such as compiled code, is no growth
        heaps = [_heap(tools)]
        go_on(page, played)
        heaps.append(_heap(tools))
        page.close()
    return found, heaps


def go_on(page, seconds: float) -> None:
    """Let the stage play for so long, from the beginning again whenever it has come to the end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.evaluate(AGAIN)
        page.wait_for_timeout(min(5000, 1000 * seconds))


def cleared(chromium, page, counted: float) -> list[float]:
    """The times of the frames, in `counted` s, of a canvas as large as the scene of `page` on a page of its own."""
    canvas = "() => { const { width, height } = document.querySelector('canvas'); return { width, height }; }"
    size = page.evaluate(canvas)
    empty = chromium.new_page(viewport={"width": 1130, "height": 1000})
    frames = empty.evaluate(CLEARED, size | {"seconds": counted})
    empty.close()
    return frames


def _heap(tools) -> float:
    """Bytes of the page's heap after the browser has cleaned up; the least of some looks, since it plays on."""
    found = []
    for _ in range(5):
        tools.send("HeapProfiler.collectGarbage")
        found.append(tools.send("Runtime.getHeapUsage")["usedSize"])
    return min(found)
