/** The sentences of a check: what stands between backticks is code, as in `in_html` of the check itself. */

/**
 * @param {string} text
 * @returns {{code: boolean, text: string}[]} in order; none is empty
 */
export function pieces(text) {
  return text
    .split(/`([^`]+)`/)
    .map((piece, index) => ({ code: index % 2 === 1, text: piece }))
    .filter((piece) => piece.text);
}
