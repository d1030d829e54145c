// An instance: a server that is launched, boots, serves and ends. Its tiles and badges are in `tiles.js`.

import { notThere, sinceWhen } from "../thing.js";
import { clockOf, countOf, numberOf } from "../words.js";

/** @import { Ask, Kind } from "../contract.js" */
/** @import { Run } from "../run.js" */

/**
 * Those that its group gave up at that moment, with the reason: who is launched then takes their places.
 *
 * @param {Run} run
 * @param {number} group
 * @param {number} time
 */
const givenUp = (run, group, time) =>
  run.notes.flatMap(([moment, about, , text]) => {
    const found = moment === time && about === group && text.match(/^(\S+) (.+): it is replaced\.$/);
    return found ? [`${found[1]}, which ${found[2]}`] : [];
  });

/** @param {Ask} ask */
function askedWords([, , asked, granted, by]) {
  const got = asked === granted ? "" : ` and got ${numberOf(granted)}`;
  return `, when ${by} asked for ${countOf(asked, "instance")}${got}`;
}

/**
 * Who wanted a member of a group, and what for.
 *
 * @param {Run} run
 * @param {number} part
 */
function whyLaunched(run, part) {
  const { born, parent: group } = run.parts[part];
  if (group === null) return [];
  const together = run.parts.slice(0, part).filter((one) => one.parent === group && one.born === born);
  const replaced = givenUp(run, group, born)[together.length];
  const ask = run.asks.filter(([time, about]) => time === born && about === group).pop();
  const wanted = countOf(run.level(group, run.kindOf(group).ruler?.wish, born), "instance");
  const asked = ask ? askedWords(ask) : `, since the group wanted ${wanted}`;
  const why = replaced ? ` in place of ${replaced}` : asked;
  return [`${run.nameOf(part)} was launched at ${clockOf(born, run.end)}${why}.`];
}

/** @type {Partial<Kind>} */
export default {
  serves: true,
  loss: "an instance",
  rank: 44,
  legend: () => [["tileS", "S: in service"]],
  story(run, part, t) {
    if (run.parts[part].born > t) return notThere(run, part);
    const since = sinceWhen(run, part, t);
    const there = since.length || run.lanes.has(part);
    return [...whyLaunched(run, part), ...(there ? since : notThere(run, part))];
  },
};
