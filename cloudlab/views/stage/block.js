// The one block of bytes that the kernel sends with a run, read column after column.

/** @type {Record<string, Float64ArrayConstructor | Uint32ArrayConstructor | Uint16ArrayConstructor>} */
const SORTS = {
  time: Float64Array,
  until: Float64Array,
  message: Uint32Array,
  source: Uint16Array,
  target: Uint16Array,
  received: Uint16Array,
};

export class Block {
  /** @param {DataView<ArrayBuffer> | null} view */
  constructor(view) {
    this.view = view;
    this.at = view ? view.byteOffset : 0;
  }

  /**
   * The next column of n numbers of so many bytes.
   *
   * @param {number} n
   * @param {number} size
   */
  take(n, size) {
    const from = this.at;
    this.at += Math.ceil((n * size) / 8) * 8; // each column begins at a multiple of 8 bytes
    return this.view ? this.view.buffer.slice(from, from + n * size) : new ArrayBuffer(0);
  }

  /**
   * What stands in each row: the next column, or what is the same in all.
   *
   * @template {number | null} T
   * @param {string} name
   * @param {number} n
   * @param {T | "column"} told
   * @returns {(row: number) => number | T}
   */
  each(name, n, told) {
    if (told !== "column") return () => told;
    const Sort = SORTS[name];
    const column = new Sort(this.take(n, Sort.BYTES_PER_ELEMENT));
    return (row) => column[row];
  }
}
