/** An editor for Python: CodeMirror with only the extensions that a learner needs. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import { change } from "./difference.js";
import { goTo, lineMarks, mark } from "./marks.js";

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
 */

/**
 * @param {HTMLElement} place
 * @param {{text: string, label: string, changed: (text: string) => void, run: () => void}} options
 * @returns {Editor}
 */
export function makeEditor(place, { text, label, changed, run }) {
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
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
        lineMarks(),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(elsewhere))) changed(update.state.doc.toString());
        }),
        // With CodeMirror, Tab leaves the editor within two seconds after Escape; some people need longer.
        EditorView.domEventHandlers({
          keyup(event, view) {
            if (event.key === "Escape") view.setTabFocusMode(UNTIL_THE_NEXT_KEY);
          },
        }),
        keymap.of([
          { key: "Shift-Enter", run: () => (run(), true) },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (insert) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert }, userEvent: "input" }),
    show(text) {
      const { from, to, insert } = change(view.state.doc.toString(), text);
      view.dispatch({ changes: { from, to, insert }, annotations: elsewhere.of(true), userEvent: "input" });
    },
    mark: (lines) => mark(view, lines),
    goTo: (line) => goTo(view, line),
  };
}
