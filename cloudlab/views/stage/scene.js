// The scene: where each part stands, and how all of it looks at a time t.
//
// `planOf(run, room)` gives the places in pixels; the plan's own `draw` draws them. What can be selected is
// written into `hits` while it is drawn. The first plan whose rule holds is taken.

import { bandPlan } from "./band.js";
import { columnsPlan } from "./columns.js";
import { fanPlan, isFan } from "./fan.js";
import { flowPlan } from "./flow.js";
import { kitchenPlan } from "./kitchen.js";
import { lanesPlan } from "./lanes.js";
import { areInstalled, machinesPlan } from "./machines.js";
import { areMeters, metersPlan } from "./meters.js";
import { rowsPlan } from "./rows.js";
import { isCoatCheck, shelvesPlan } from "./shelves.js";
import { isShop, shopPlan } from "./shop.js";
import { FEW, NARROW } from "./sizes.js";
import { kitchenOf } from "./stalls.js";
import { yardOf, yardPlan } from "./yard.js";

/** @import { Plan, Room } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * Whether all that is drawn are those who send, their front, and servers that send nothing on.
 *
 * @param {Run} run
 */
function onlyServers(run) {
  const known = run.parts.every(({ layer, server }, part) => {
    const { source, front, serves } = run.kindOf(part);
    return layer === null || server || source || front || serves;
  });
  return known && run.links.every(([from]) => !run.parts[from].server);
}

/** @param {Run} run */
const isFew = (run) => run.lanes.size > 0 && run.lanes.size <= FEW;

/** @type {{ when: (run: Run, room: Room) => boolean, plan: (run: Run, room: Room) => Plan }[]} */
const PLANS = [
  { when: (run) => kitchenOf(run) !== null, plan: kitchenPlan },
  { when: isCoatCheck, plan: shelvesPlan },
  { when: isFan, plan: fanPlan },
  { when: isShop, plan: shopPlan },
  { when: areMeters, plan: metersPlan },
  { when: areInstalled, plan: machinesPlan },
  { when: (run) => yardOf(run) !== null, plan: yardPlan },
  { when: (run) => !onlyServers(run), plan: flowPlan },
  { when: (run) => run.fleet !== null && (run.rows > 0 || run.front !== null), plan: columnsPlan },
  { when: (run) => run.fleet !== null, plan: bandPlan },
  { when: (run, { width }) => isFew(run) && width < NARROW, plan: rowsPlan },
  { when: isFew, plan: lanesPlan },
  { when: () => true, plan: flowPlan },
];

/**
 * @param {Run} run
 * @param {Room} room
 * @returns {Plan}
 */
export function planOf(run, room) {
  const found = PLANS.find(({ when }) => when(run, room));
  return (found ?? PLANS[0]).plan(run, room);
}
