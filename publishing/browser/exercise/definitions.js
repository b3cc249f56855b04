/** Which names a text defines. It works line by line, because the text may not be valid Python yet. Needs no browser. */

/**
 * Whether Python code defines a name at its top level.
 * @param {string} code
 * @param {string} name
 */
export function defines(code, name) {
  const word = name.replace(/\W/g, "");
  const patterns = [
    `^(?:async )?(?:def|class) ${word}\\b`,
    `^(?:[\\w, ()]*, ?)?\\(?${word}\\)?(?:, ?[\\w, ()]*)? *=[^=]`,
    `^(?:import|from) .*\\b${word}\\b *(?:,|#|$)`,
    `^(?:for|with) .*\\b${word}\\b`,
  ];
  return patterns.some((pattern) => new RegExp(pattern, "m").test(code));
}
