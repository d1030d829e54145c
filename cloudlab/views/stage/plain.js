// Plain: any record, by the layers of its parts.

function plainPlan(run, width) {
  const shown = run.parts.flatMap((part, index) => (part.layer === null || part.layer === undefined || part.kind === "bill" || part.kind === "alarm" ? [] : [index]));
  const layers = [...new Set(shown.map((part) => run.parts[part].layer))].sort((a, b) => a - b);
  const places = new Map();
  let tallest = 1;
  layers.forEach((layer, column) => {
    const members = shown.filter((part) => run.parts[part].layer === layer).sort((a, b) => run.parts[a].row - run.parts[b].row);
    const columns = members.length > FEW ? Math.ceil(members.length / FEW) : 1;
    tallest = Math.max(tallest, Math.min(FEW, members.length));
    members.forEach((part, place) => {
      const slice = (width - 120) / layers.length;
      const x = 60 + slice * (column + 0.5) + (Math.floor(place / FEW) - (columns - 1) / 2) * 84;
      places.set(part, { x, row: place % FEW, of: Math.min(FEW, members.length) });
    });
  });
  for (const place of places.values()) place.y = 60 + ((place.row + 0.5) / place.of) * tallest * 84;
  return { kind: "plain", width, places, height: 120 + tallest * 84 };
}

function drawPlain(pen, plan, run, t, view) {
  const { c, context } = pen;
  for (const [from, to] of run.links) {
    const [a, b] = [plan.places.get(from), plan.places.get(to)];
    if (!a || !b) continue;
    context.beginPath();
    context.moveTo(a.x + 40, a.y);
    context.bezierCurveTo((a.x + b.x) / 2, a.y, (a.x + b.x) / 2, b.y, b.x - 40, b.y);
    pen.stroke(c.wire);
  }
  const hop = view.hop;
  if (hop) {
    const [first, last] = [upTo(run.arrived, t), upTo(run.arrived, t + hop)];
    for (let row = first; row < last; row += Math.ceil((last - first) / 300) || 1) {
      const from = plan.places.get(run.links[run.client[row]]?.[0] ?? run.customers[0]);
      const to = plan.places.get(run.target[row]);
      if (!from || !to) continue;
      drawToken(pen, ...hopOf(from.x + 40, from.y, to.x - 40, to.y, 1 - (run.arrived[row] - t) / hop));
      view.moving += 1;
    }
  }
  for (const [part, place] of plan.places) {
    drawThing(pen, run, part, t, place.x, place.y);
    const lane = run.lanes.get(part);
    const words = lane ? `${run.parts[part].name}: ${waitOf(run.lane(part, t).waiting)}` : run.parts[part].name;
    pen.text(place.x, place.y + 52, pen.fit(words, 200), { align: "center", halo: c.ground });
    view.places.push({ part, x: place.x - 36, y: place.y - 34, width: 72, height: 68 });
  }
}

function drawThing(pen, run, part, t, x, y) {
  const { kind, name } = run.parts[part];
  if (kind === "customers") drawCustomers(pen, x, y);
  else if (kind === "topic") drawTopic(pen, x, y);
  else if (kind === "database") drawDatabase(pen, x, y);
  else if (kind === "subscriber") drawSubscriber(pen, x, y, pen.fit(name, 80));
  else if (kind === "queue") drawRack(pen, x - 90, y, 180, run.level(part, "ApproximateNumberOfMessagesVisible", t));
  else if (kind === "function") drawStall(pen, x, y, "R", 0.6);
  else if (kind === "host") drawHost(pen, x - 45, y - 40, 90, 80, []);
  else if (kind === "balancer") { drawCapsule(pen, x - 24, y - 32, 48, 64); drawInlet(pen, x - 24, y); for (const dy of [-18, 0, 18]) chevron(pen, x + 12, y + dy, pen.c.onSlate); }
  else drawTile(pen, x, y, 60, run.looks(part, t) || { letter: "T", done: 1 }, name);
}
