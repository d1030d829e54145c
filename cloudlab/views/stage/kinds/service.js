// A service: it keeps as many containers as are wanted. Hosts draw them; here is what it says when asked.

import { GOING, absent } from "../thing.js";
import { agree, countOf, numberOf } from "../words.js";
import { yardOf } from "../yard.js";

/** @import { Kind } from "../contract.js" */
/** @import { Run } from "../run.js" */

/**
 * The states of its containers that are there, and not on their way out.
 *
 * @param {Run} run
 * @param {number} part
 * @param {number} t
 */
function statesOf(run, part, t) {
  const { name } = run.parts[part];
  const mine = run
    .ofKind("container")
    .filter((one) => run.parts[one].attributes.service === name && run.isThere(one, t));
  return mine.map((one) => run.state(one, "lifecycle", t)?.state ?? "").filter((one) => !GOING.includes(one));
}

/** @type {Partial<Kind>} */
export default {
  listed: "Services",
  story(run, part, t) {
    const gone = absent(run, part, t);
    if (gone) return gone;
    const states = statesOf(run, part, t);
    const runs = states.filter((state) => state === "RUNNING").length;
    const starts = states.length - runs;
    const wanted = countOf(run.level(part, "DesiredTaskCount", t), "container");
    const others = starts ? `, ${numberOf(starts)} ${agree(starts, "starts", "start")}` : "";
    return [
      `${run.nameOf(part)} wants ${wanted}: ${numberOf(runs)} ${agree(runs, "runs", "run")}${others}.`,
      ...(yardOf(run)?.why(run, part, t) ?? []),
    ];
  },
};
