"""The yard on the stage: slabs are where the record has containers, and tell what finds no room, and why."""

import re

import pytest
from alphabet import removal_van
from stage_pages import NARROW, WIDE, ask, stage_pages

from cloudlab.cluster import Cluster, ContainerDefinition, Service, TaskDefinition, strategy
from cloudlab.kernel.world import World
from cloudlab.labs.containers_at_scale import (
    LAST,
    fewest,
    hosts_used,
    rollout,
    running,
    scenario,
    version,
    waiting,
)
from cloudlab.views.describe import describe
from cloudlab.views.stage import Stage
from cloudlab.views.words import clock

MOMENTS = (0.0, 5.0, 7.0, 12.5, 40.0, LAST + 1, 149.0, 151.0, 163.0, 167.0, 299.0)

SOLID = """() => {
  const { view, pen, run } = document.getElementById("stage").stage;
  pen.context.fillStyle = pen.c.ok;
  const wanted = pen.context.fillStyle;
  return view.hits.filter(({ inner }) => inner).map(({ x, y, inner }) => {
    const [r, g, b] = pen.context.getImageData(x * pen.ratio, y * pen.ratio, 1, 1).data;
    const colour = "#" + [r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("");
    return [Number(inner), colour === wanted];
  });
}"""
"""Whether the middle of each slab that is wide enough is solid."""


@pytest.fixture
def opened(tabs, tmp_path):
    with stage_pages(tabs, tmp_path) as open_page:
        yield lambda *records, **look: open_page(Stage(*records, title="The stage"), **look)


def there(record, moment: float) -> dict[str, int]:
    """{host: how many containers it holds} of the hosts that live."""
    lost = {entry.part for entry in record.states if entry.state == "killed" and entry.time <= moment}
    held = {record.parts[part].name: 0 for part in record.parts_of("host") if part not in lost}
    for part in record.parts_of("container"):
        one = record.parts[part]
        if one.born <= moment < one.gone:
            held[record.parts[one.parent].name] += 1
    return held


DRAWN = """() => {
  const { run, view } = document.getElementById("stage").stage;
  const found = {};
  for (const { part } of view.places) found[run.parts[part].name] = 0;
  for (const { part, inner } of view.hits) if (inner) found[run.parts[part].name] += 1;
  return found;
}"""


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_slabs_are_where_the_record_has_its_containers(opened, window):
    record = scenario(placement="binpack", kill=(150.0,))
    page = opened(record, still=True, viewport=window)
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        wanted, drawn = there(record, moment), page.evaluate(DRAWN)
        assert drawn.keys() == {record.parts[part].name for part in record.parts_of("host")}
        for name, count in drawn.items():
            assert count <= wanted.get(name, 0), "a slab that is too thin can't be pointed at"
        assert sum(drawn.values()) >= 0.8 * sum(wanted.values())


def test_the_numbers_are_those_of_the_record(opened):
    record = scenario(placement="binpack", kill=(150.0,))
    page = opened(record, still=True)
    cells = page.locator(".cloudlab-number-cell")
    for moment in MOMENTS:
        ask(page, f"stage.seek({moment})")
        told = dict(text.split("\n", 1) for text in cells.all_inner_texts())
        wanted = sum(s.at(moment) for (_, one), s in record.series.items() if one == "DesiredTaskCount")
        assert told["Running"].strip() == f"{running(record, moment)}" + (f" of {wanted:g}" if wanted else "")
        assert told["Waiting"].strip() == str(waiting(record, moment))
        assert told["Hosts in use"].split()[0] == str(sum(map(bool, there(record, moment).values())))
        if not 150 <= moment < 160:  # the cluster hears of a loss ten seconds later
            cluster = record.part("cluster")
            for words, metric in (("CPU held", "CPUReservation"), ("Memory held", "MemoryReservation")):
                assert told[words].split()[0] == f"{record.series[cluster, metric].at(moment):.0f}"
    assert told["Hosts in use"] == f"{hosts_used(record)} at least {fewest(record)}"


def test_who_waits_and_why_no_host_has_room_is_said(opened):
    page = opened(scenario(), still=True)
    ask(page, f"stage.seek({LAST + 1})")
    sentence = page.locator(".cloudlab-sentence").inner_text()
    assert sentence == "12 of search wait: all 40 hosts have the CPU, none has 3,072 MB free."
    story = "stage.run.kindOf(stage.run.ofKind('host')[6])"
    told = ask(page, f"{story}.story(stage.run, stage.run.ofKind('host')[6], stage.t)")
    assert told == [
        "h7 holds 5 containers.",
        "960 of 2,048 CPU units and 5,376 of 8,192 MB are set aside.",
        "A container of search needs 256 CPU units and 3,072 MB: 256 MB too much for this host.",
    ]


def test_full_hosts_and_a_drained_one_are_told(opened):
    page = opened(rollout(more=(120.0,)), still=True)
    ask(page, "stage.seek(130)")
    sentence = page.locator(".cloudlab-sentence").inner_text()
    assert sentence == "12 of web wait: no host has the CPU, none has 2,048 MB free."
    page.get_by_text("What the shapes mean").click()
    assert "a thick dashed edge: it is drained" in page.locator(".cloudlab-stage").inner_text()


def test_ask_why_tells_why_a_container_waits(opened):
    page = opened(scenario(), still=True)
    ask(page, f"stage.seek({LAST + 1})")
    page.get_by_label("Ask why").select_option(label="Why does a container wait?")
    told = page.locator(".cloudlab-stage").inner_text()
    assert "Why does search wait?" in told
    assert "12 containers of search are wanted and not there: each needs 256 CPU units and 3,072 MB." in told
    assert "There is no room: all 40 hosts have the CPU, none has 3,072 MB free." in told
    assert (
        "In all, 43,520 CPU units and 112,640 MB are free; the most on one is 1,088 units, and 2,816 MB."
        in told
    )
    ask(page, "stage.seek(5)")
    page.get_by_label("Ask why").select_option(label="Why does a container wait?")
    assert "No container waits at this moment." in page.locator(".cloudlab-stage").inner_text()


def test_every_host_and_every_service_can_be_asked_about(opened):
    """Forty hosts and six services, under a name each; a service that is still to come isn't told."""
    record = scenario()
    page = opened(record, still=True)
    groups = """[...document.querySelectorAll("select[aria-label='Ask why'] optgroup")].map(({ label, children }) =>
      [label, [...children].filter(({ hidden }) => !hidden).map(({ text }) => text)])"""
    ask(page, "stage.seek(20)")
    moved_in = [record.parts[part].name.capitalize() for part in record.parts_of("service")]
    hosts = [record.parts[part].name for part in record.parts_of("host")]
    assert page.evaluate(groups) == [["Services", moved_in[:2]], ["Hosts", hosts]] and len(hosts) == 40
    ask(page, f"stage.seek({LAST + 1})")
    assert page.evaluate(groups)[0] == ["Services", moved_in] and len(moved_in) == 6
    page.get_by_label("Ask why").select_option(label="h37")
    assert "What about h37?" in page.locator(".cloudlab-why").inner_text()
    page.get_by_label("Ask why").select_option(label="Search")
    story = page.locator(".cloudlab-why").inner_text()
    assert "Search wants 12 containers: 0 run." in story
    assert "There is no room: all 40 hosts have the CPU, none has 3,072 MB free." in story
    page.get_by_label("Ask why").select_option(label=moved_in[4])
    story = page.locator(".cloudlab-why").inner_text()
    assert f"{moved_in[4]} wants 40 containers: 40 run." in story and "no room" not in story


def test_a_lost_host_tells_what_became_of_its_containers(opened):
    record = scenario(placement="binpack", kill=(150.0,))
    lost = next(entry.part for entry in record.states if entry.state == "killed")
    name = record.parts[lost].name
    page = opened(record, still=True)
    told = {}
    for moment in (151, 159, 161):
        ask(page, f"stage.seek({moment})")
        told[moment] = ask(page, f"stage.run.kindOf({lost}).story(stage.run, {lost}, stage.t)")
    many = running(record, 149) - running(record, 151)
    assert told[151][0] == f"{name} is lost since 2:30, and the {many} containers on it with it."
    assert told[151][1] == "0 have been started again on other hosts."
    assert told[161][1] == "All of them have been started again on other hosts."
    words = page.locator(f'button[data-spot="0:{lost}"]').get_attribute("aria-label")
    assert words.startswith(" ".join(told[161]))


def test_what_starts_again_flies_from_the_lost_host(opened):
    record = scenario(placement="binpack", kill=(150.0,))
    lost = next(entry.part for entry in record.states if entry.state == "killed")
    page = opened(record)
    coming = ask(page, "stage.run.kindOf(stage.run.ofKind('host')[0]).yard.coming(stage.run, 159, 2)")
    assert {one["from"] for one in coming} == {lost} and {one["time"] for one in coming} == {160}
    again = {part.parent for part in record.parts if part.kind == "container" and part.born == 160}
    assert {one["to"] for one in coming} == again and lost not in again
    first = ask(page, "stage.run.kindOf(stage.run.ofKind('host')[0]).yard.coming(stage.run, 0, 10)")
    assert {one["from"] for one in first} == {None} and len(first) == 40


def test_what_a_drained_host_hands_over_flies_from_it(opened):
    """Others of the same services begin at that moment; the host is told as drained, and empties later."""
    record = scenario(placement="binpack", drain=(150.0,))
    (host,) = {entry.part for entry in record.states if entry.state == "DRAINING"}
    page = opened(record)
    coming = ask(page, "stage.run.kindOf(stage.run.ofKind('host')[0]).yard.coming(stage.run, 149, 2)")
    held = there(record, 149)[record.parts[host].name]
    assert len(coming) == held and {one["from"] for one in coming} == {host}
    for moment, many in ((155, held), (200, 0)):
        ask(page, f"stage.seek({moment})")
        told = ask(page, f"stage.run.kindOf({host}).story(stage.run, {host}, stage.t)")
        assert told[0].startswith(f"{record.parts[host].name} holds {many} container")
        moves = "what is here moves" if many else "what was here has moved"
        assert told[-1] == f"It is drained: {moves} elsewhere."
    ask(page, "stage.seek(165)")
    running, wanted = (
        page.locator(".cloudlab-number-cell").first.inner_text().split("\n")[-1].split(maxsplit=1)
    )
    assert int(running) > 212 and wanted == "(212 wanted)"


def test_a_service_that_scales_out_moves_what_is_wanted(opened):
    page = opened(rollout(more=(120.0,)), still=True)
    cells = page.locator(".cloudlab-number-cell")
    for moment, shown in ((59, ["8 of 8", "0"]), (119, ["8 of 8", "8"]), (121, ["8 of 12", "12"])):
        ask(page, f"stage.seek({moment})")
        told = dict(text.split("\n", 1) for text in cells.all_inner_texts())
        assert [told["Running"].strip(), told["Waiting"].strip()] == shown


LIMITS = """() => {
  const { stage } = document.getElementById("stage");
  stage.linePen.marks = [];
  stage.draw(true);
  const { left, right } = stage.line;
  const time = (x) => ((x - left) / (right - left)) * stage.end;
  const limits = stage.linePen.marks.filter(({ what }) => what === "limit");
  return limits.map(({ x, y, width }) => [time(x), time(x + width), y]);
}"""
"""From when to when, and at which height, the dashed line of what is wanted is drawn."""


def test_the_dashed_line_of_what_is_wanted_rises_when_more_is_wanted(opened):
    """Eight from 0:00, twelve from 0:30: in what was played the line is where it was, and goes on as it is now."""
    page = opened(rollout(more=(30.0,)), still=True)
    for moment, steps in ((20, [(0, 180)]), (100, [(0, 30), (30, 180)])):
        ask(page, f"stage.seek({moment})")
        drawn = page.evaluate(LIMITS)
        assert [(left, right) for left, right, _ in drawn] == [
            pytest.approx(step, abs=180 / 400 + 0.01) for step in steps
        ]
    assert drawn[0][2] > drawn[1][2], "a canvas counts from above"


def test_the_line_of_what_is_wanted_does_not_run_through_its_words(opened):
    """Between 212 and wanted, over the whole height of a letter, there is the ground and nothing else."""
    page = opened(scenario(placement="binpack"), still=True)
    ask(page, "stage.seek(120)")
    seen = page.evaluate("""() => {
      const { stage } = document.getElementById("stage");
      const { linePen: pen } = stage;
      pen.marks = [];
      stage.draw(true);
      const { x, y, height } = pen.marks.find(({ words }) => words === "212 wanted");
      const middle = (x + (pen.wide("212") + pen.wide("212 ")) / 2) * pen.ratio;
      const column = pen.context.getImageData(middle, y * pen.ratio, 1, height * pen.ratio).data;
      const [first, ...others] = new Uint32Array(column.buffer);
      return others.length > 5 && others.every((one) => one === first);
    }""")
    assert seen


def test_no_name_of_a_task_is_broken_at_its_hyphen(opened):
    """On a narrow screen the names that a service lists are on several lines, each as a whole on one."""
    page = opened(rollout(works=False, hosts=3), still=True, viewport=NARROW)
    ask(page, "stage.seek(62)")
    lines = """() => [...document.querySelectorAll(".cloudlab-ticker li > span:last-child")].map((node) => {
      const [text, range, tops] = [node.textContent, document.createRange(), []];
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let piece = walker.nextNode(); piece; piece = walker.nextNode())
        for (let at = 0; at < piece.length; at += 1) {
          range.setStart(piece, at);
          range.setEnd(piece, at + 1);
          tops.push(Math.round(range.getBoundingClientRect().top));
        }
      return [text, tops];
    })"""
    broken, names = [], 0
    for width in range(340, 440, 8):
        page.set_viewport_size({"width": width, "height": 900})
        for text, tops in page.evaluate(lines):
            for name in re.finditer(r"web-\d+", text):
                names += 1
                broken += [(width, name[0])] if len({tops[at] for at in range(*name.span())}) > 1 else []
    assert names and broken == []


def test_a_container_is_asked_about_in_its_host(opened):
    record = scenario()
    page = opened(record, still=True)
    ask(page, "stage.seek(30)")
    hit = ask(page, "stage.view.hits.find(({ inner }) => inner)")
    story = ask(
        page, f"stage.run.kindOf({hit['part']}).innerStory(stage.run, {hit['part']}, '{hit['inner']}', 30)"
    )
    child = record.parts[int(hit["inner"])]
    assert story["head"] == f"Why is {child.name} on {record.parts[hit['part']].name}?"
    size = f"{child.attributes['cpu']} CPU units and {child.attributes['memory']:,} MB"
    assert story["lines"][0] == f"It is a container of {child.attributes['service']}, and takes {size}."


def test_the_new_version_is_solid_and_the_old_one_pale(opened):
    """While both run: the colour in the middle of each slab that is wide enough."""
    record = rollout(hosts=3, minimum_healthy_percent=50)
    page = opened(record, still=True)
    for moment in (50, 70, 170):
        ask(page, f"stage.seek({moment})")
        solid = page.evaluate(SOLID)
        assert len(solid) == running(record, moment) == (8 if moment != 70 else len(solid))
        for part, full in solid:
            assert full == (record.parts[part].attributes["revision"] == 2)
    text = ask(page, "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map(({ words }) => words))")
    assert "web, version 2" in text


def test_a_new_version_without_room_leaves_the_old_one_pale(opened):
    """Two full hosts and 100 %: no task of version 2 is ever placed, and no slab is solid."""
    record = rollout()
    assert version(record) == {1: 8}
    page = opened(record, still=True)
    ask(page, "stage.seek(170)")
    looks = ask(
        page, "[stage.pen.marks = [], stage.draw(true), stage.pen.marks.map(({ words }) => words)][2]"
    )
    assert "web, version 2" in looks
    centres = page.evaluate(SOLID)
    assert len(centres) == 8 and not any(full for part, full in centres)


def test_a_new_version_without_room_waits_in_words_numbers_and_pictures(opened):
    """Full hosts and 100 %: version 1 runs on, and what the event says the stage says and shows too."""
    record = rollout()
    assert any("web can't place a task" in note.text for note in record.notes)
    page = opened(record, still=True)
    ask(page, "stage.seek(100)")
    told = dict(text.split("\n", 1) for text in page.locator(".cloudlab-number-cell").all_inner_texts())
    assert [told["Running"].strip(), told["Waiting"].strip()] == ["8 of 8", "8"] and waiting(record) == 8
    sentence = page.locator(".cloudlab-sentence").inner_text()
    assert sentence == "8 of web wait: no host has the CPU, none has 2,048 MB free."
    drawn = ask(page, "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map(({ words }) => words))")
    assert drawn[drawn.index("To place") + 1] == "8" and "nothing waits" not in drawn
    page.get_by_label("Ask why").select_option(label="Why does a container wait?")
    story = page.locator(".cloudlab-why").inner_text()
    assert "8 containers of web are wanted and not there, in place of others: each needs 512 CPU" in story
    ask(page, "stage.seek(59)")
    assert "nothing waits" in ask(
        page, "(stage.pen.marks = [], stage.draw(true), stage.pen.marks.map(({ words }) => words))"
    )
    assert "At the end 8 containers on 2 hosts and 8 without room." in describe(record)


def test_a_drained_host_whose_containers_find_no_room_elsewhere_says_so(opened):
    """All hosts but the drained one are full: what it holds is wanted elsewhere."""
    world = World(1)
    cluster = Cluster(world, "cluster", count=2, cpu=2048, memory=8192)
    image = ContainerDefinition("web", "web:1", cpu=512, memory=2048)
    Service(world, "web", cluster=cluster, task_definition=TaskDefinition("web", [image]), desired_count=8)
    world.run(until=60)
    cluster.hosts[0].drain()
    record = world.run(until=120)
    page = opened(record, still=True)
    ask(page, "stage.seek(100)")
    assert waiting(record) == 4
    assert page.locator(".cloudlab-sentence").inner_text().startswith("4 of web wait: ")


def test_a_rule_that_forbids_every_host_is_told_as_the_reason(opened):
    """There is room everywhere, so the shortage is none of room: the story repeats what the service said."""

    def rule(need, hosts):
        raise ValueError("no host is good enough")

    record = scenario(rule=rule)
    page = opened(record, still=True)
    ask(page, f"stage.seek({LAST + 1})")
    page.get_by_label("Ask why").select_option(label="Why does a container wait?")
    story = page.locator(".cloudlab-why").inner_text()
    assert "can't place a task: rule raised ValueError: no host is good enough." in story
    assert "the next look" not in story


def why_waiting(page, moment: float) -> str:
    """What the story of what waits says at a moment."""
    ask(page, f"stage.seek({moment})")
    page.get_by_label("Ask why").select_option(label="Why does a container wait?")
    return page.locator(".cloudlab-why").inner_text()


def test_who_starts_none_after_failures_says_so_in_place_of_a_next_look(opened):
    """There is room, and the service waits longer after each failure: no look before that places anything."""
    record = rollout(works=False, hosts=3, minimum_healthy_percent=50)
    until = [entry.until for entry in record.states if entry.state == "backs off"][-1]
    assert until > record.end and waiting(record, 100) == 4
    page = opened(record, still=True)
    story = why_waiting(page, 100)
    assert f"Web starts none before {clock(until)}: the last one failed." in story
    assert "next look" not in story and "no room" not in story


def test_who_starts_none_after_a_failed_deployment_says_so(opened):
    world = World(1)
    cluster = Cluster(world, "cluster", count=4, cpu=2048, memory=8192)
    image = ContainerDefinition("web", "web:1", cpu=512, memory=2048, exits_after=5)
    tasks = TaskDefinition("web", [image])
    Service(
        world, "web", cluster=cluster, task_definition=tasks, desired_count=6, deployment_circuit_breaker=True
    )
    page = opened(world.run(until=120), still=True)
    assert "Web starts none: its deployment has failed." in why_waiting(page, 100)


def test_what_a_waiting_container_needs_is_what_it_needed_then(opened):
    """The next revision is half as large: what waited before it came waited for the old size."""
    world = World(1)
    cluster = Cluster(world, "cluster", count=1, cpu=2048, memory=8192)
    first = TaskDefinition("web", [ContainerDefinition("web", "web:1", cpu=512, memory=2048)])
    service = Service(world, "web", cluster=cluster, task_definition=first, desired_count=20)
    world.run(until=60)
    service.update_service(task_definition=first.revise(cpu=256, memory=1024))
    page = opened(world.run(until=120), still=True)
    assert "16 containers of web are wanted and not there: each needs 512 CPU units and 2,048 MB." in (
        why_waiting(page, 30)
    )
    assert "each needs 256 CPU units and 1,024 MB." in why_waiting(page, 100)


def test_three_hosts_cost_the_same_an_hour_at_every_moment(opened):
    """All of it is 1.44 cents: a curve that ended on the bill's whole cent would be flat long before its end."""
    page = opened(rollout(hosts=3))
    rates = [ask(page, f"stage.run.perHour({time})") for time in range(10, 180, 10)]
    assert rates == pytest.approx([3 * 0.096] * len(rates))


def test_a_hundred_hosts_with_two_thousand_containers_stand_in_their_card(opened):
    world = World(1)
    cluster = Cluster(world, "cluster", count=100)
    for number in range(20):
        image = ContainerDefinition(
            "one", f"s{number}:1", cpu=80 + number, memory=300 + 7 * number, start_time=2
        )
        Service(
            world,
            f"s{number}",
            cluster=cluster,
            task_definition=TaskDefinition(f"s{number}", [image], pull_time=4),
            desired_count=100,
            placement_strategy=[strategy("spread", "instanceId")],
        )
    record = world.run(until=60)
    page = opened(record, still=True)
    ask(page, "stage.seek(50)")
    places, wide, high = ask(page, "[stage.view.places, stage.plans[0].width, stage.plans[0].height]")
    assert len(places) == 100 and high <= 316
    for place in places:
        assert place["x"] >= 0 and place["x"] + place["width"] <= wide
        assert place["y"] >= 0 and place["y"] + place["height"] <= high
    assert len({(place["x"], place["y"]) for place in places}) == 100
    assert "Running" in page.locator(".cloudlab-numbers").inner_text()
    assert ask(page, "stage.run.kindOf(0) !== null") and running(record) == 2000


def test_hosts_that_no_model_wrote_are_a_yard_too(opened):
    """Parts and states are enough: no service, no cluster."""
    page = opened(removal_van(), still=True)
    ask(page, "stage.seek(60)")
    assert page.evaluate(DRAWN).keys() == {f"h{number}" for number in range(1, 13)}
    assert "To place" not in page.locator(".cloudlab-numbers").inner_text()


def test_of_many_hosts_the_tab_key_stops_at_one_and_arrows_go_on(opened):
    record = scenario(hosts=40)
    page = opened(record)
    ask(page, "stage.seek(100)")
    spots = page.locator(".cloudlab-spot")
    many = spots.count()
    assert many == 40 and page.locator('.cloudlab-spot[tabindex="0"]').count() == 1
    name = "() => document.activeElement.dataset.spot ?? document.activeElement.textContent"
    order = spots.evaluate_all("nodes => nodes.map((node) => node.dataset.spot)")
    spots.first.focus()
    for key, place in (("ArrowRight", 1), ("End", many - 1), ("ArrowDown", many - 1), ("ArrowUp", many - 2)):
        page.keyboard.press(key)
        assert page.evaluate(name) == order[place]
    page.keyboard.press("Tab")
    assert page.evaluate(name) not in order
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(name) == order[many - 2]
    page.keyboard.press("Home")
    assert page.evaluate(name) == order[0]
