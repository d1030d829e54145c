// The scene: where each part stands, and how all of it looks at a time t.
//
// `planOf(run, width, dense)` gives the places in pixels; `drawScene` draws them. What can be selected is
// written into `hits` while it is drawn. Three plans cover the course so far: lanes (servers in rows, their
// lines before them), columns (a group behind a balancer: each line stands on its instance), and a band (a
// group alone). `plainPlan` draws any other record by its layers.

const WIDE = 880;
const NARROW = 720;
const FEW = 8; // so many servers get a lane each

function planOf(run, width, dense, last = true) {
  if (run.group !== null) return run.rows || run.balancer !== null ? columnsPlan(run, width) : bandPlan(run, width);
  if (run.lanes.size && run.lanes.size <= FEW) return width < NARROW ? rowsPlan(run, width) : lanesPlan(run, width, dense, last);
  return plainPlan(run, width);
}

function drawScene(pen, plan, run, t, view) {
  const draw = { lanes: drawLanes, rows: drawRows, columns: drawColumns, band: drawBandScene, plain: drawPlain }[plan.kind];
  draw(pen, plan, run, t, view);
}
