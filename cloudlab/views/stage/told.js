// What a stage says: a sentence about a moment, the last events, and the story of what was selected.
//
// A screen reader hears the same sentences that the eye can read.

import { ringOf } from "./moves.js";
import { DEAD, GOOD, aliveAt, childrenOf, partName } from "./run.js";
import { upTo } from "./sorted.js";
import { clockOf, countOf, dollarsOf, listedOf, numberOf, secondsOf, spanOf, waitOf } from "./words.js";

// One sentence about the moment t: the one fact that the picture is about.
export function sentenceAt(run, t) {
  if (t <= 0) return "Nothing has happened yet. Press Play, or step from event to event.";
  if (run.moves.some) return messagesSentence(run, t);
  if (run.kinds("host").length) return hostsSentence(run, t);
  if (run.group !== null) return groupSentence(run, t);
  if (run.kinds("function").length)
    return run
      .kinds("function")
      .flatMap((part) => thingLines(run, part, t))
      .join(" ");
  if (!run.lanes.size) return deadSentence(run, t);
  const lanes = run.sorted.map((part) => run.lane(part, t));
  const waiting = run.waiting(t);
  const together = run.times.at(t);
  const dead = lanes.find((lane) => lane.lost && run.looks(lane.part, t)?.letter === "✕");
  if (dead)
    return `${partName(run, dead.part)} is dead: ${countOf(dead.lost, "request")} sent there ${dead.lost === 1 ? "is" : "are"} lost.`;
  if (run.shared !== null)
    return `One line for all: ${waiting ? waitOf(waiting) : "nobody waits"}, and the next free server takes the first.`;
  if (lanes.length === 1) {
    const took = together.n
      ? ` Half took at most ${secondsOf(together.p50)}, one in 20 longer than ${secondsOf(together.p95)}.`
      : "";
    return `${waiting ? waitOf(waiting) : "Nobody waits"}${waiting === 1 ? "" : ""} in line.${took}`.replace(
      /^./,
      (letter) => letter.toUpperCase(),
    );
  }
  const counts = lanes.map((lane) => lane.sent);
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  const longest = lanes.reduce((a, b) => (b.waiting > a.waiting ? b : a));
  const got =
    high - low < 2
      ? `Each server got ${low === high ? numberOf(low) : `${numberOf(low)} or ${numberOf(high)}`} requests.`
      : `The servers got ${numberOf(low)} to ${numberOf(high)} requests.`;
  if (waiting >= 6 && longest.waiting >= 0.6 * waiting)
    return `${got} ${partName(run, longest.part)} holds ${numberOf(longest.waiting)} of the ${numberOf(waiting)} that wait.`;
  return `${got} ${waiting ? waitOf(waiting).replace(/^./, (letter) => letter.toUpperCase()) : "Nobody waits"}.`;
}

// Two runs of the same luck: what the second changes.
export function compareSentence(runs, t) {
  if (t <= 0) return "The same luck twice, with another setting. Press Play.";
  const [before, after] = runs.map((run) => run.times.at(Math.min(t, run.end)));
  const [one, other] = runs.map((run) => run.waiting(Math.min(t, run.end)));
  if (!before.n || !after.n) return sentenceAt(runs[1], t);
  const verb = after.p95 < 0.9 * before.p95 ? "falls" : after.p95 > 1.1 * before.p95 ? "rises" : "";
  const p95 = verb
    ? `p95 ${verb} from ${numberOf(before.p95)} to ${secondsOf(after.p95)}`
    : `p95 stays about the same, ${secondsOf(after.p95)}`;
  return `The same requests, with ${runs[1].label || "the second setting"}: ${p95}, and ${numberOf(other)} wait instead of ${numberOf(one)}.`;
}

function messagesSentence(run, t) {
  const { visible, flying, gone } = run.messagesAt(t);
  const queues = run.kinds("queue").length;
  const first = queues
    ? `${countOf(visible, "message")} ${visible === 1 ? "is" : "are"} visible, ${numberOf(flying)} in flight, and ${numberOf(gone)} gone.`
    : `${countOf(gone, "message")} ${gone === 1 ? "is" : "are"} gone.`;
  const asleep = run
    .kinds("subscriber")
    .filter((part) => ["asleep", "unavailable"].includes(run.state(part, "application", t)?.state));
  return asleep.length
    ? `${first} ${listedOf(asleep.map((part) => partName(run, part)))} ${asleep.length === 1 ? "is" : "are"} asleep.`
    : first;
}

// Of a record without anything to count: which parts are dead.
function deadSentence(run, t) {
  const dead = run.parts.flatMap((made, part) =>
    made.layer !== null && run.looks(part, t)?.letter === "✕" ? [partName(run, part)] : [],
  );
  return dead.length ? `${listedOf(dead)} ${dead.length === 1 ? "is" : "are"} dead.` : "All parts answer.";
}

function hostsSentence(run, t) {
  const { running, starting, hosts } = run.containersAt(t);
  const coming = starting ? `, and ${countOf(starting, "more starts", "more start")}` : "";
  return `${countOf(running, "container runs", "containers run")} on ${countOf(hosts, "host")}${coming}.`;
}

function groupSentence(run, t) {
  const level = (metric) => run.level(run.group, metric, t);
  const wish = level("GroupDesiredCapacity");
  const clipped = run.clipped(t);
  const members = run.members(t);
  const serving = members.filter((member) => member.letter === "S").length;
  const wants = `The group wants ${numberOf(wish)} and has ${numberOf(serving)} in service.`;
  if (run.rows) {
    const waiting = run.waiting(t);
    const pending = members.filter((member) => member.letter === "P").length;
    const booting = members.filter((member) => member.letter === "S" && member.done < 1).length;
    const boats =
      (booting ? ` ${numberOf(booting)} of them still ${booting === 1 ? "boots" : "boot"}.` : "") +
      (pending ? ` ${numberOf(pending)} more ${pending === 1 ? "is" : "are"} on the way.` : "");
    return `${waiting ? `${waitOf(waiting).replace(/^./, (l) => l.toUpperCase())}.` : "Nobody waits."} ${wants}${boats}`;
  }
  if (clipped)
    return `${clipped.by.replace(/^./, (l) => l.toUpperCase())} asked for ${numberOf(clipped.asked)}: the band clips it to ${numberOf(clipped.granted)}.`;
  return wants;
}

// Events

// The last `most` events up to t, the newest first: {time, glyph, text, row, part}.
export function lastEvents(run, t, most) {
  const found = [];
  for (let place = upTo(run.noteTimes, t) - 1; place >= 0 && found.length < most; place -= 1) {
    const [time, part, glyph, text, row] = run.notes[place];
    found.push({ time, part, glyph, text, row });
  }
  const rare = run.noteTimes.length < 40 || found.length < most;
  if (run.rows && rare) {
    const list = requestEvents(run, t, Math.max(2, most - found.length));
    found.length = Math.min(found.length, Math.max(0, most - list.length));
    found.push(...list);
  }
  return found.sort((a, b) => b.time - a.time).slice(0, most);
}

function requestEvents(run, t, most) {
  const found = [];
  for (let place = upTo(run.answers, t) - 1; place >= 0 && found.length < most; place -= 1) {
    const row = run.byAnswer[place];
    const time = run.answered[row];
    const [code, reason] = run.statuses[run.status[row]];
    const who = run.lanes.has(run.target[row]) ? partName(run, run.target[row]) : "The balancer";
    const took = run.answered[row] - run.arrived[row];
    const line = Math.max(0, Math.min(run.started[row], run.answered[row]) - run.arrived[row]);
    const text =
      run.status[row] === GOOD
        ? `${who} ends request ${numberOf(run.number[row] + 1)} after ${secondsOf(took)}${line > 0.05 ? `, ${secondsOf(line)} of them in line` : ""}.`
        : `Request ${numberOf(run.number[row] + 1)} fails with ${code}: ${reason}.`;
    found.push({ time, glyph: run.status[row] === GOOD ? "✓" : "✕", text, row, part: run.target[row] });
  }
  const last = upTo(run.arrived, t) - 1;
  if (last >= 0 && found.length) {
    const lane = run.lanes.get(run.target[last]);
    if (lane && run.started[last] > t && run.shared === null) {
      const n = run.lane(run.target[last], t).waiting;
      found.push({
        time: run.arrived[last],
        glyph: "●",
        text: `Request ${numberOf(run.number[last] + 1)} joins the line of ${partName(run, run.target[last])}: ${waitOf(n)} there.`,
        row: last,
        part: run.target[last],
      });
    }
  }
  return found.sort((a, b) => b.time - a.time).slice(0, most);
}

// Why

// The story of a request: {head, bars: [{words, seconds, kind}], lines}.
export function storyOf(run, row, t) {
  const number = numberOf(run.number[row] + 1);
  const name = run.lanes.has(run.target[row]) ? partName(run, run.target[row]) : "no server";
  const start = run.started[row];
  const end = run.answered[row];
  const clock = (time) => clockOf(time, run.end);
  const left = Math.min(start, end);
  const wait = Math.max(0, Math.min(left, run.end) - run.arrived[row]);
  const work = start < Infinity && start <= end ? Math.max(0, Math.min(end, run.end) - start) : 0;
  const [code, reason] = run.statuses[run.status[row]];
  const ahead = aheadOf(run, row);
  const lines = [];
  const where = run.shared !== null ? "the one line" : `the line of ${name}`;
  lines.push(
    `It came at ${clock(run.arrived[row])} and ${ahead ? `joined ${where} behind ${countOf(ahead, "other")}` : `found ${name} free`}.`,
  );
  if (start < Infinity && start <= run.end && start <= end)
    lines.push(`${name} began to work on it at ${clock(start)}.`);
  if (end > run.end) lines.push("At the end of this run it is not answered yet.");
  else if (run.status[row] === GOOD) lines.push(`At ${clock(end)} it was answered.`);
  else lines.push(`At ${clock(end)} it ended with ${code}: ${reason}.`);
  const speed = run.lanes.has(run.target[row]) ? run.speed(run.target[row], run.arrived[row]) : 1;
  if (speed !== 1)
    lines.push(
      `${name} works at ${speed === 0.5 ? "half" : numberOf(speed)} ${speed === 0.5 ? "its speed" : "times its speed"}, so each request takes longer and the line grows.`,
    );
  else if (wait > 3 * work && wait > 0)
    lines.push(`Most of its time it stood in line: ${name} was busy with others.`);
  const took = Math.min(end, run.end) - run.arrived[row];
  const verb =
    end > run.end ? "is not answered" : run.status[row] === GOOD ? `took ${secondsOf(took)}` : "failed";
  return {
    head: `Why ${end > run.end ? `is request ${number} not answered` : run.status[row] === GOOD ? `did request ${number} take ${secondsOf(took)}` : `did request ${number} fail`}?`,
    bars: [
      { kind: "wait", seconds: wait, words: `${secondsOf(wait)} in line` },
      { kind: "work", seconds: work, words: `${secondsOf(work)} work` },
    ],
    lines,
    verb,
  };
}

// How many stood or worked before it on its server when it came.
function aheadOf(run, row) {
  const t = run.arrived[row];
  if (run.shared !== null) return Math.max(0, run.waiting(t) - 1);
  if (!run.lanes.has(run.target[row])) return 0;
  const lane = run.lane(run.target[row], t);
  return Math.max(0, lane.waiting + lane.atWork.length - 1);
}

export function partStory(run, part, t) {
  const made = run.parts[part];
  const name = partName(run, part);
  const lines = [];
  if (run.lanes.has(part)) {
    const lane = run.lane(part, t);
    const looks = run.looks(part, t);
    if (looks && made.kind === "instance")
      lines.push(`${name} is ${looks.word} since ${clockOf(looks.since, run.end)}.`);
    lines.push(
      `It got ${countOf(lane.sent, "request")}: ${waitOf(lane.waiting)}, ${lane.atWork.length} at work${lane.lost ? `, ${numberOf(lane.lost)} lost` : ""}.`,
    );
    lines.push(
      `It was busy for ${Math.round(100 * lane.busy)} % of the last ${spanOf(run.window)}${run.speed(part, t) !== 1 ? `, at ${numberOf(run.speed(part, t))} times its speed` : ""}.`,
    );
    if (lane.times.n)
      lines.push(
        `Half of its requests took at most ${secondsOf(lane.times.p50)}, one in 20 longer than ${secondsOf(lane.times.p95)}.`,
      );
  } else if (made.kind === "instance") {
    const looks = run.looks(part, t);
    lines.push(
      looks
        ? `${name} is ${looks.word} since ${clockOf(looks.since, run.end)}.`
        : `${name} is not there at this moment.`,
    );
  } else if (part === run.balancer) {
    const method = (made.attributes?.load_balancing_algorithm_type || "").replaceAll("_", " ");
    lines.push(
      `Callers know one name: ${name}. ${countOf(run.arrivedBy(t), "request")} came to it${method ? `, and it chooses by ${method}` : ""}.`,
    );
    lines.push(
      `${countOf(run.waiting(t), "request")} ${run.waiting(t) === 1 ? "waits" : "wait"}, ${numberOf(run.lost(t))} failed.`,
    );
  } else lines.push(...thingLines(run, part, t));
  const told = run.notes.filter((note) => note[1] === part && note[0] <= t).slice(-3);
  for (const [time, , , text] of told) lines.push(`${clockOf(time, run.end)}: ${text}`);
  return { head: `What about ${name}?`, bars: [], lines };
}

// What a part that is no server is at the moment t.
function thingLines(run, part, t) {
  const { kind } = run.parts[part];
  const name = partName(run, part);
  if (!aliveAt(run, part, t)) return [`${name} is not there at this moment.`];
  if (kind === "queue")
    return [`${name} holds ${countOf(run.visibleAt(part, t), "message")} that anyone may take.`];
  if (kind === "function") {
    const states = childrenOf(run, part)
      .filter((child) => aliveAt(run, child, t))
      .map((child) => run.state(child, "environment", t)?.state);
    const many = (state) => states.filter((one) => one === state).length;
    return [
      `${name} has ${countOf(states.length, "environment")}: ${many("init")} starting, ${many("running")} running, ${many("idle")} idle.`,
    ];
  }
  if (kind === "host") {
    if (run.looks(part, t)?.letter === "✕") return [`${name} is lost, and what ran on it with it.`];
    const { attributes } = run.parts[part];
    const held = childrenOf(run, part)
      .filter((child) => aliveAt(run, child, t))
      .map((child) => run.parts[child].attributes);
    const share = (what) =>
      Math.round((100 * held.reduce((sum, one) => sum + one[what], 0)) / attributes[what]);
    return [
      `${name} holds ${countOf(held.length, "container")}: ${share("cpu")} % of its CPU and ${share("memory")} % of its memory are taken.`,
    ];
  }
  const lines = [];
  const looks = run.looks(part, t);
  if (looks?.letter === "✕") lines.push(`${name} is ${looks.word} since ${clockOf(looks.since, run.end)}.`);
  for (const stay of run.moves.held(part, t, 3)) {
    const ring = ringOf(stay, t);
    lines.push(
      `${name} holds message ${stay.message} since ${clockOf(stay.since, run.end)}${ring ? `; in ${secondsOf(Math.ceil(ring.seconds))} others may take it` : ""}.`,
    );
  }
  if (run.moves.some && !lines.length)
    lines.push(
      run.moves.count(part, t)
        ? `${name} has ${countOf(run.moves.count(part, t), "message")}.`
        : `${name} holds no message.`,
    );
  return lines;
}

// The story of a message: each of its moves up to t.
export function messageStory(run, message, t) {
  const name = (part) => partName(run, part);
  const lines = run.moves
    .of(message, t)
    .slice(-6)
    .map(({ time, source, target, until, count }) => {
      const when = clockOf(time, run.end);
      if (target === null) return `${when}: ${name(source)} deletes it. It is gone for good.`;
      const ring = until < Infinity ? ` and nobody else sees it for ${secondsOf(until - time)}` : "";
      const times =
        count > 1 ? `, for the ${count === 2 ? "second" : count === 3 ? "third" : `${count}th`} time` : "";
      return run.back.some(([from, to]) => from === source && to === target)
        ? `${when}: it is visible again: nobody deleted it.`
        : `${when}: from ${name(source)} to ${name(target)}${times}${ring}.`;
    });
  return { head: `Where has message ${message} been?`, bars: [], lines };
}

// What happened at a moment that was selected on the timeline.
export function momentStory(run, time) {
  const near = run.end / 400;
  const notes = run.notes.filter((note) => Math.abs(note[0] - time) <= near).map((note) => note[3]);
  const asks = run.asks
    .filter((ask) => Math.abs(ask[0] - time) <= near)
    .map(
      ([, , asked, granted, by]) =>
        `${by.replace(/^./, (letter) => letter.toUpperCase())} asked for ${numberOf(asked)}${asked === granted ? "" : ` and got ${numberOf(granted)}`}.`,
    );
  return {
    head: `What happened at ${clockOf(time, run.end)}?`,
    bars: [],
    lines: [...new Set([...notes, ...(notes.length ? [] : asks)])].slice(0, 5).concat(sentenceAt(run, time)),
  };
}

// The numbers under the scene: {key, glyph, words, value, unit}.
export function numbersAt(run, t) {
  const found = [];
  const add = (glyph, words, value, unit = "", key = words) => found.push({ glyph, words, value, unit, key });
  const members = run.group !== null ? run.members(t) : [];
  const times = run.times.at(t);
  if (run.moves.some) addMessages(run, t, add);
  if (run.kinds("host").length) addContainers(run, t, add);
  if (run.kinds("function").length) addEnvironments(run, t, add);
  if (run.rows && run.group === null)
    add("p50", "Half take under", times.n ? numberOf(times.p50) : "–", "s p50");
  if (run.rows) add("p95", "1 in 20 takes over", times.n ? numberOf(times.p95) : "–", "s p95");
  if (run.group !== null) {
    const level = (metric) => numberOf(run.level(run.group, metric, t));
    const pending = members.filter((member) => member.letter === "P").length;
    const serving = members.filter((member) => member.letter === "S").length;
    add("ok", "In service", numberOf(serving), run.rows ? `+ ${numberOf(pending)} on the way` : "");
    if (!run.rows) add("boot", "Pending", numberOf(pending));
    add(
      "flag",
      "Desired",
      level("GroupDesiredCapacity"),
      `of ${level("GroupMinSize")} to ${level("GroupMaxSize")}`,
    );
  } else if (run.lanes.size) {
    const busy =
      run.sorted.reduce((total, part) => total + run.lanes.get(part).busy(t, run.window), 0) / run.lanes.size;
    add(
      "busy",
      run.lanes.size > 1 ? "Busy, mean" : "Busy",
      numberOf(Math.round(100 * busy)),
      `% in ${spanOf(run.window)}`,
    );
  }
  if (run.rows) {
    add("wait", "Waiting", numberOf(run.waiting(t)));
    add("fail", "Lost", numberOf(run.lost(t)));
  } else if (run.group !== null) {
    const lost = run
      .kinds("instance")
      .filter((part) =>
        run.states
          .get(`${part} application`)
          ?.entries.some((entry) => DEAD.includes(entry.state) && entry.time <= t),
      ).length;
    add("fail", "Lost instances", numberOf(lost));
  }
  const cost = run.cost(t);
  if (cost !== null) add("money", "Cost so far", dollarsOf(cost), `$${run.perHour(t).toFixed(2)} an hour`);
  return found;
}

function addMessages(run, t, add) {
  const { visible, flying, gone, again } = run.messagesAt(t);
  if (run.kinds("queue").length) add("wait", "Visible", numberOf(visible));
  add("boot", "In flight", numberOf(flying));
  add("tick", "Gone", numberOf(gone));
  if (run.kinds("queue").length) add("again", "Received again", numberOf(again));
}

function addContainers(run, t, add) {
  const { running, starting, cpu, memory } = run.containersAt(t);
  add("ok", "Running", numberOf(running));
  add("boot", "Starting", numberOf(starting));
  add("busy", "CPU held", numberOf(Math.round(100 * cpu)), "%");
  add("busy", "Memory held", numberOf(Math.round(100 * memory)), "%");
}

function addEnvironments(run, t, add) {
  const { init, running, idle } = run.environmentsAt(t);
  add("boot", "Starting", numberOf(init));
  add("ok", "Running", numberOf(running));
  add("open", "Idle", numberOf(idle));
}
