/** An editor for Python: CodeMirror with only the extensions that a learner needs. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const UNTIL_THE_NEXT_KEY = 1e9; // ms

/**
 * @typedef {object} Editor
 * @property {() => string} text
 * @property {(text: string) => void} replace the whole text, as one step that undo takes back
 * @property {() => boolean} focused
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
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
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
    focused: () => view.hasFocus,
  };
}
