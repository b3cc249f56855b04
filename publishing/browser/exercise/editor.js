/** An editor for Python: CodeMirror with only the extensions that a learner needs. */

import { closeBrackets, closeBracketsKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
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

/** Marks a change that was made elsewhere. */
const elsewhere = Annotation.define();

/**
 * @typedef {object} Editor
 * @property {() => string} text
 * @property {(text: string) => void} replace the whole text, as one step that undo takes back
 * @property {(text: string) => void} show a text that was written elsewhere: likewise, and `changed` is not called
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
 * @property {import("./python.js").Ask} ask Python about names
 */

/**
 * @param {HTMLElement} place
 * @param {Options} options
 * @returns {Editor}
 */
export function makeEditor(place, { text, label, changed, run, next, check, ask }) {
  /** Whether Escape has closed something, so that Tab does not leave the editor. */
  let closed = false;
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
        completion(ask),
        signatures(ask),
        search({ top: true }),
        roomForTouchKeys(),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(elsewhere))) changed(update.state.doc.toString());
        }),
        // With CodeMirror, Tab leaves the editor within two seconds after Escape; some people need longer.
        EditorView.domEventHandlers({
          keydown(event, view) {
            if (event.key === "Escape") closed = completionStatus(view.state) === "active" || signatureIsOpen(view.state);
          },
          keyup(event, view) {
            if (event.key === "Escape") view.setTabFocusMode(closed ? false : UNTIL_THE_NEXT_KEY);
          },
        }),
        keymap.of([
          { key: "Mod-Shift-Enter", run: () => (check(), true) },
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
  return {
    text: () => view.state.doc.toString(),
    replace(insert) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert }, userEvent: "input" });
      foldDocstrings(view);
    },
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
