/**
 * Long docstrings are folded to their first line, because what a stub says of its arguments stands in the text of the
 * page too. The text itself is always whole: what is kept, copied and run has all lines.
 */

import { codeFolding, ensureSyntaxTree, foldedRanges, foldEffect, syntaxTree, unfoldEffect } from "@codemirror/language";
import { EditorView, keymap } from "@codemirror/view";

/** @typedef {import("@codemirror/state").EditorState} EditorState */
/** @typedef {{from: number, to: number}} Range */

const SHORT = 4; // lines; such a docstring stays open
const PARSING = 200; // ms, at most

/**
 * What can be folded of each long docstring: from the start of its second line to the quotes that close it.
 * @param {EditorState} state
 * @returns {Range[]}
 */
function docstrings(state) {
  /** @type {Range[]} */
  const found = [];
  const tree = ensureSyntaxTree(state, state.doc.length, PARSING) ?? syntaxTree(state);
  tree.iterate({
    enter({ name, node }) {
      if (name !== "FunctionDefinition") return;
      const statement = node.getChild("Body")?.firstChild?.nextSibling; // after the colon
      const text = statement?.firstChild;
      if (statement?.name !== "ExpressionStatement" || text?.name !== "String") return;
      const quotes = state.sliceDoc(text.to - 3, text.to);
      const first = state.doc.lineAt(text.from);
      const lines = state.doc.lineAt(text.to).number - first.number + 1;
      if (lines > SHORT && ['"""', "'''"].includes(quotes)) found.push({ from: first.to + 1, to: text.to - 3 });
    },
  });
  return found;
}

/** @param {EditorState} state @returns {Range[]} */
function folds(state) {
  /** @type {Range[]} */
  const found = [];
  foldedRanges(state).between(0, state.doc.length, (from, to) => void found.push({ from, to }));
  return found;
}

/** Fold all long docstrings. @param {EditorView} view */
export function foldDocstrings(view) {
  const folded = folds(view.state);
  const open = docstrings(view.state).filter(({ from }) => !folded.some((fold) => fold.from === from));
  if (open.length) view.dispatch({ effects: open.map((range) => foldEffect.of(range)) });
}

/** Open or fold the docstring of the function in which the cursor is, or else the nearest above. @param {EditorView} view */
function toggle(view) {
  const { head } = view.state.selection.main;
  const range = docstrings(view.state).findLast(({ from }) => from <= head) ?? docstrings(view.state)[0];
  if (!range) return false;
  const folded = folds(view.state).find(({ from }) => from === range.from);
  const inside = head > range.from && head < range.to;
  view.dispatch({
    selection: inside && !folded ? { anchor: range.from } : undefined, // a cursor inside would open the fold
    effects: [(folded ? unfoldEffect : foldEffect).of(folded ?? range), EditorView.announce.of(folded ? "Docstring opened." : "Docstring folded.")],
  });
  return true;
}

/** Go over a fold by one key, as over one character. @param {boolean} forward @param {boolean} extend the selection */
const over = (forward, extend) => (/** @type {EditorView} */ view) => {
  const { anchor, head, empty } = view.state.selection.main;
  const fold = folds(view.state).find(({ from, to }) => (forward ? from : to) === head);
  if (!fold || (!empty && !extend)) return false;
  const there = forward ? fold.to : fold.from;
  view.dispatch({ selection: { anchor: extend ? anchor : there, head: there }, scrollIntoView: true, userEvent: "select" });
  return true;
};

export const folding = () => [
  codeFolding({
    /** @returns {{lines: number, indent: number}} */
    preparePlaceholder: (state, { from, to }) => ({
      lines: state.doc.lineAt(to).number - state.doc.lineAt(from).number + 1,
      indent: state.doc.line(state.doc.lineAt(from).number - 1).text.search(/\S|$/),
    }),
    placeholderDOM(view, open, { lines, indent }) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "cm-foldPlaceholder";
      made.tabIndex = -1; // in an editor Tab indents; the list of keys names the key that opens it
      made.style.marginInlineStart = `${indent}ch`;
      made.textContent = `… ${lines} more lines`;
      made.setAttribute("aria-label", `Show ${lines} more lines of this docstring`);
      made.addEventListener("mousedown", (event) => event.preventDefault()); // the cursor stays where it is
      made.addEventListener("click", open);
      return made;
    },
  }),
  keymap.of([
    { key: "Mod-.", run: toggle },
    { key: "ArrowRight", run: over(true, false), shift: over(true, true) },
    { key: "ArrowLeft", run: over(false, false), shift: over(false, true) },
  ]),
];

/**
 * What is selected when an editor first gets the focus: what a stub has in place of code, so that typing replaces it.
 * @param {string} text
 */
export function firstSelection(text) {
  const place = /# YOUR CODE HERE\n[ \t]*raise NotImplementedError\(\)/.exec(text);
  return place ? { anchor: place.index, head: place.index + place[0].length } : { anchor: 0 };
}
