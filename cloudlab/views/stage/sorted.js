// Sorted lists of moments: what is looked up in them, and how they are made.

/**
 * How many entries of a sorted list are at most `value`.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 */
export function upTo(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Those rows whose time is finite, in order of it; of equal times, in the order in which they stand.
 * A time in microseconds and a place share one number: plain numbers are sorted much faster than by a rule.
 *
 * @param {number[]} rows
 * @param {ArrayLike<number>} times
 */
export function byTime(rows, times) {
  const PLACES = 65536; // more than rows are ever sent
  const some = rows.filter((row) => times[row] < Infinity);
  let last = 1;
  for (const row of some) if (times[row] > last) last = times[row];
  const scale = Math.min(1e6, 9e15 / PLACES / last);
  const keys = new Float64Array(some.length);
  for (let place = 0; place < some.length; place += 1)
    keys[place] = Math.round(times[some[place]] * scale) * PLACES + place;
  keys.sort();
  const found = new Array(some.length);
  for (let place = 0; place < some.length; place += 1) found[place] = some[keys[place] % PLACES];
  return found;
}

/**
 * A number for each row. (A plain loop: Float64Array.from takes several times as long.)
 *
 * @template T
 * @param {T[]} rows
 * @param {(row: T) => number} pick
 */
export function column(rows, pick) {
  const found = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place += 1) found[place] = pick(rows[place]);
  return found;
}

/** @param {ArrayLike<number>} values */
export function sums(values) {
  const found = new Float64Array(values.length + 1);
  for (let place = 0; place < values.length; place += 1)
    found[place + 1] = found[place] + (values[place] < Infinity ? values[place] : 0);
  return found;
}
