// A fleet: the part of a run whose members stand on a ruler, such as a group. What it is, its kind says.

import { upTo } from "./sorted.js";
import { spring } from "./words.js";

/** @import { View } from "./contract.js" */
/** @import { Run } from "./run.js" */

/**
 * How many cells its ruler has.
 *
 * @param {Run} run
 */
export function cellsOf(run) {
  const most = Math.max(...run.memberParts.map((part) => Number(run.parts[part].place) + 1), 1);
  const series = run.ruledSeries("high");
  const limit = series ? Math.max(...series.values) : most;
  return Math.max(most + 1, limit <= 14 ? limit : 0, 12);
}

/**
 * The last ask that the band clipped, while its grant still stands.
 *
 * @param {Run} run
 * @param {number} t
 */
export function clippedAt(run, t) {
  const last = run.asks.filter(([time]) => time <= t).pop();
  if (!last) return null;
  const [time, , asked, granted, by] = last;
  return asked === granted || run.ruled("wish", t) !== granted ? null : { time, asked, granted, by };
}

/**
 * Where the flag is: it moves with one small overshoot when the wish changes.
 *
 * @param {Run} run
 * @param {number} t
 * @param {View} view
 */
export function shownWish(run, t, view) {
  const series = run.ruledSeries("wish");
  const place = series ? upTo(series.times, t) : 0;
  if (!series || !place) return 0;
  if (place < 2) return series.values[0];
  const age = (t - series.times[place - 1]) / view.sim(350);
  const [before, now] = [series.values[place - 2], series.values[place - 1]];
  return age < 1 && view.motion ? before + (now - before) * spring(age) : now;
}
