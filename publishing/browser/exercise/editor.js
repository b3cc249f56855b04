/** An editor for Python: CodeMirror with only the extensions that a learner needs. `late_editor.js` loads this script. */

import { closeBrackets, closeBracketsKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap, searchPanelOpen } from "@codemirror/search";
import { Annotation, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import { completion } from "./completion.js";
import { change } from "./difference.js";
import { firstSelection, foldDocstrings, folding } from "./folding.js";
import { indentationGuides } from "./guides.js";
import { goTo, lineMarks, mark } from "./marks.js";
import { signatureIsOpen, signatures } from "./signature.js";
import { roomForTouchKeys, touchKeys } from "./touch_keys.js";

const UNTIL_THE_NEXT_KEY = 1e9; // ms

/** Whether Tab was pressed last, outside of an editor. */
let tabbing = false;
addEventListener("keydown", ({ key, target }) => (tabbing = key === "Tab" && !(/** @type {HTMLElement} */ (target).isContentEditable)), true);
addEventListener("pointerdown", () => (tabbing = false), true);

/** Marks a change that was made elsewhere. */
const elsewhere = Annotation.define();

/**
 * @typedef {object} Editor
 * @property {() => string} text
 * @property {(text: string) => void} replace the whole text, as one step that undo takes back
 * @property {(text: string) => void} show a text that was written elsewhere: likewise, and `changed` is not called
 * @property {(text: string) => void} insert at the cursor, in place of what is selected
 * @property {(lines: number[]) => void} mark lines, from 1, until the text changes; none takes the marks away
 * @property {(line: number) => void} goTo a line, from 1: the cursor and the focus
 * @property {() => void} focus
 * @property {() => boolean} isShown whether it stands in no folded part of the page
 *
 * @typedef {object} Options
 * @property {string} text
 * @property {string} label
 * @property {(text: string) => void} changed
 * @property {() => void} run
 * @property {() => void} next go to the next cell's editor
 * @property {() => void} check
 * @property {() => void} follow the verdict to where it leads
 * @property {import("./python.js").Ask} ask Python about names
 */

/**
 * Let an editor measure its lines where it is not in view yet. CodeMirror does that only in view, and what it guesses
 * until then makes the numbers of the lines jump when one scrolls to it.
 * @param {HTMLElement} place
 * @param {EditorView} view
 */
function measure(place, view) {
  place.style.cssText = "position: fixed; top: 0; visibility: hidden";
  view.coordsAtPos(0); // measures first
  place.style.cssText = "";
}

/**
 * @param {HTMLElement} place
 * @param {Options} options
 * @returns {Editor}
 */
export function makeEditor(place, { text, label, changed, run, next, check, follow, ask }) {
  /** Whether Escape was pressed here and closed nothing, so that Tab leaves the editor. */
  let leaves = false;
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      selection: firstSelection(text),
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        python(),
        syntaxHighlighting(classHighlighter),
        indentationGuides(),
        lineMarks(),
        folding(),
        signatures(ask),
        completion(ask),
        search({ top: true }),
        roomForTouchKeys(),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(elsewhere))) changed(update.state.doc.toString());
        }),
        // With CodeMirror, Tab leaves the editor within two seconds after Escape; some people need longer.
        Prec.highest(
          EditorView.domEventHandlers({
            keydown({ key }, { state }) {
              leaves = key === "Escape" && completionStatus(state) === null && !signatureIsOpen(state) && !searchPanelOpen(state);
            },
            // Who comes here by Tab may be on the way to somewhere else: the next Tab goes on, until another key is pressed.
            focus(event, view) {
              if (tabbing) view.setTabFocusMode(UNTIL_THE_NEXT_KEY);
            },
            keyup(event, view) {
              if (event.key === "Escape") view.setTabFocusMode(leaves ? UNTIL_THE_NEXT_KEY : false);
            },
          }),
        ),
        keymap.of([
          { key: "Mod-Shift-Enter", run: () => (check(), true) },
          { key: "Mod-Alt-Enter", run: () => (follow(), true) },
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Shift-Enter", run: () => (run(), next(), true) },
          ...closeBracketsKeymap,
          ...searchKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
      ],
    }),
  });
  place.append(touchKeys(view));
  foldDocstrings(view);
  measure(place, view);
  return {
    text: () => view.state.doc.toString(),
    replace(insert) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert }, userEvent: "input" });
      foldDocstrings(view);
    },
    insert: (text) => view.dispatch(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true }),
    show(text) {
      const { from, to, insert } = change(view.state.doc.toString(), text);
      view.dispatch({ changes: { from, to, insert }, annotations: elsewhere.of(true), userEvent: "input" });
    },
    mark: (lines) => mark(view, lines),
    goTo: (line) => goTo(view, line),
    focus: () => view.focus(),
    isShown: () => place.checkVisibility(),
  };
}

Object.assign(window, { makeEditor });
