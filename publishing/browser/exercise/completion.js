/**
 * Completion from the names that Python has now, or from the text alone while Python is not ready or runs something.
 *
 * The list opens by itself only after a dot, where a name must follow, and at Ctrl+Space. Nobody who types a plain name
 * gets one, so the arrows and Enter do what they always do. Where the list is open, Enter takes a name only after the
 * arrows have gone to it; Tab, as in Jupyter, takes the first one that fits what was typed.
 */

import { acceptCompletion, autocompletion, closeCompletion, completionStatus, moveCompletionSelection, selectedCompletion, setSelectedCompletion } from "@codemirror/autocomplete";
import { localCompletionSource } from "@codemirror/lang-python";
import { syntaxTree } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";

/**
 * @typedef {import("@codemirror/autocomplete").Completion} Completion
 * @typedef {import("@codemirror/autocomplete").CompletionContext} Context
 * @typedef {import("./python.js").Ask} Ask
 */

const TEXT = ["String", "FormatString", "Comment"]; // in which nothing is completed

/** @param {Ask} ask @returns {import("@codemirror/autocomplete").CompletionSource} */
const source = (ask) => async (context) => {
  const path = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]*)*/u);
  const dotted = path?.text.includes(".") ?? false;
  if (!context.explicit && !dotted) return null;
  if (TEXT.includes(syntaxTree(context.state).resolveInner(context.pos, -1).name)) return null;
  const begun = path?.text.split(".").at(-1) ?? "";
  /** @type {[label: string, type: string, detail: string][]} */
  const live = (await ask("complete", path?.text ?? "")) ?? [];
  /** @type {Completion[]} */
  const options = live.map(([label, type, detail]) => ({ label, type, detail }));
  if (!dotted) {
    const known = new Set(live.map(([label]) => label));
    const local = await localCompletionSource(context);
    for (const one of local?.options ?? []) {
      if (known.has(one.label) || (one.label === begun && context.pos === path?.to)) continue;
      known.add(one.label);
      options.push(one);
    }
  }
  const secret = begun.startsWith("_");
  // Names that begin with an underscore are asked for anew.
  return { from: context.pos - begun.length, options, validFor: (text) => /^[\p{L}\p{N}_]*$/u.test(text) && text.startsWith("_") === secret };
};

/** @param {import("@codemirror/view").EditorView} view */
function tab(view) {
  const before = view.state.sliceDoc(0, view.state.selection.main.head);
  const status = completionStatus(view.state);
  if (status === "pending") return /\.[\p{L}\p{N}_]*$/u.test(before); // the list is on its way: nothing is indented meanwhile
  if (status !== "active") return false;
  if (selectedCompletion(view.state)) return acceptCompletion(view);
  if (before.endsWith(".")) return moveCompletionSelection(true)(view); // nothing was typed that tells which
  view.dispatch({ effects: setSelectedCompletion(0) });
  return acceptCompletion(view) || closeCompletion(view);
}

/** @param {Ask} ask */
export const completion = (ask) => [
  autocompletion({ override: [source(ask)], selectOnOpen: false, interactionDelay: 0, maxRenderedOptions: 60, icons: false }),
  Prec.highest(keymap.of([{ key: "Tab", run: tab }])),
];
