// The scene: where each part stands, and how all of it looks at a time t.
//
// `planOf(run, width, dense)` gives the places in pixels; `drawScene` draws them. What can be selected is
// written into `hits` while it is drawn. Servers have plans of their own: lanes (in rows, their lines before
// them), columns (a group behind a balancer: each line stands on its instance), and a band (a group alone).
// `flowPlan` draws any other record by its layers.

import { bandPlan, drawBandScene } from "./band.js";
import { columnsPlan, drawColumns } from "./columns.js";
import { drawFlow, flowPlan } from "./flow.js";
import { drawLanes, lanesPlan } from "./lanes.js";
import { drawRows, rowsPlan } from "./rows.js";
import { FEW, NARROW } from "./sizes.js";

export function planOf(run, width, dense, last = true) {
  if (!onlyServers(run)) return flowPlan(run, width);
  if (run.group !== null)
    return run.rows || run.balancer !== null ? columnsPlan(run, width) : bandPlan(run, width);
  if (run.lanes.size && run.lanes.size <= FEW)
    return width < NARROW ? rowsPlan(run, width) : lanesPlan(run, width, dense, last);
  return flowPlan(run, width);
}

// Whether all that is drawn are customers, their balancer, and servers that send nothing on.
function onlyServers(run) {
  const known = ({ layer, server, kind }) =>
    layer === null || server || ["instance", "customers", "balancer"].includes(kind);
  return run.parts.every(known) && run.links.every(([from]) => !run.parts[from].server);
}

export function drawScene(pen, plan, run, t, view) {
  const draw = {
    lanes: drawLanes,
    rows: drawRows,
    columns: drawColumns,
    band: drawBandScene,
    flow: drawFlow,
  }[plan.kind];
  draw(pen, plan, run, t, view);
}
