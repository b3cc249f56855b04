/** How two texts differ. Needs no browser. */

/** @typedef {{sign: "-" | "+" | " ", line: string}} Line of the first text alone, of the second alone, or of both */

const LARGEST = 2_000_000; // pairs of lines that are compared; of larger texts all lines are told

/** @param {"-" | "+"} sign @param {string[]} lines @returns {Line[]} */
const signed = (sign, lines) => lines.map((line) => ({ sign, line }));

/**
 * @param {string} before
 * @param {string} after
 * @returns {Line[]} the lines of both texts, in order, with as many in common as can be
 */
export function difference(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length * b.length > LARGEST) return [...signed("-", a), ...signed("+", b)];
  // common[i][j]: how many lines the ends of both texts have in common, from a[i] and b[j] on
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  /** @type {Line[]} */
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", line: a[i++] });
      j++;
    } else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) lines.push({ sign: "-", line: a[i++] });
    else lines.push({ sign: "+", line: b[j++] });
  }
  return lines;
}

/**
 * The one change that makes a text another one, as small as can be, so that a cursor before or behind it stays.
 * @param {string} before
 * @param {string} after
 * @returns {{from: number, to: number, insert: string}} what replaces `before` from `from` to `to`
 */
export function change(before, after) {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let end = 0;
  while (end < shorter - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}
