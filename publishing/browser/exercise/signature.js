/** What a function takes, shown above its call while one types the arguments: at `(`, and at Ctrl+Shift+Space. */

import { completionStatus } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, showTooltip } from "@codemirror/view";

import { element } from "../shared/dom.js";

/**
 * @typedef {import("./python.js").Ask} Ask
 * @typedef {{at: number, signature: string, summary: string}} Shown at: where the arguments begin
 */

/** @type {import("@codemirror/state").StateEffectType<Shown | null>} */
const show = StateEffect.define();

/** The call in whose brackets the cursor is. @param {import("@codemirror/state").EditorState} state */
function call(state) {
  const { head } = state.selection.main;
  let node = syntaxTree(state).resolveInner(head, -1);
  for (; node.parent; node = node.parent) {
    const inside = node.name === "ArgList" && node.from < head && (head < node.to || state.sliceDoc(node.to - 1, node.to) !== ")");
    const name = inside && node.prevSibling ? state.sliceDoc(node.prevSibling.from, node.prevSibling.to) : "";
    if (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name)) return { at: node.from, name };
  }
  return null;
}

/** @type {StateField<Shown | null>} */
const shown = StateField.define({
  create: () => /** @type {Shown | null} */ (null),
  update(value, { changes, effects, state, selection, docChanged }) {
    for (const effect of effects) if (effect.is(show)) value = effect.value;
    if (!value || !(docChanged || selection)) return value;
    const at = changes.mapPos(value.at);
    return call(state)?.at === at ? { ...value, at } : null;
  },
  provide: (field) =>
    showTooltip.from(field, (value) => value && { pos: value.at, above: true, create: () => ({ dom: box(value) }) }),
});

/** @param {Shown} value */
function box({ signature, summary }) {
  const made = element("div", "runner-signature", element("code", "", signature));
  if (summary) made.append(element("p", "", summary));
  return made;
}

/** @param {EditorView} view @param {Ask} ask @param {boolean} aloud whether a screen reader shall hear it */
async function look(view, ask, aloud) {
  const found = call(view.state);
  if (!found) return;
  const told = await ask("signature", found.name);
  const now = call(view.state); // one may have typed on
  if (!told || now?.at !== found.at || now.name !== found.name) return;
  const effects = [show.of({ at: found.at, ...told })];
  view.dispatch({ effects: aloud ? [...effects, EditorView.announce.of(`${told.signature}. ${told.summary}`)] : effects });
}

/** Whether there is one. @param {import("@codemirror/state").EditorState} state */
export const signatureIsOpen = (state) => state.field(shown) !== null;

/** Close it, unless a list of names is open, which goes first. @param {EditorView} view */
function close(view) {
  if (!signatureIsOpen(view.state) || completionStatus(view.state) === "active") return false;
  view.dispatch({ effects: show.of(null) });
  return true;
}

/** @param {Ask} ask */
export const signatures = (ask) => [
  shown,
  EditorView.updateListener.of((update) => {
    if (update.focusChanged && !update.view.hasFocus && signatureIsOpen(update.state)) update.view.dispatch({ effects: show.of(null) });
    const typed = update.transactions.some((one) => one.isUserEvent("input.type"));
    const { head } = update.state.selection.main;
    if (typed && update.state.sliceDoc(head - 1, head) === "(") void look(update.view, ask, false);
  }),
  keymap.of([
    { key: "Ctrl-Shift-Space", run: (view) => (void look(view, ask, true), true) },
  ]),
  // Before the key of the completion, which takes Escape for a list that is still on its way, too.
  Prec.highest(keymap.of([{ key: "Escape", run: close }])),
];
