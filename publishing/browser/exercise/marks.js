/** Marked lines of an editor: in the text and, with a sign, in the gutter. A change of the text takes the marks away. */

import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, gutterLineClass, GutterMarker } from "@codemirror/view";

/** The lines to mark from now on, counted from 1. @type {import("@codemirror/state").StateEffectType<number[]>} */
const setMarks = StateEffect.define();

const inText = Decoration.line({ class: "runner-marked" });
const inGutter = new (class extends GutterMarker {
  elementClass = "runner-marked";
})();

/** Where the marked lines begin. @type {StateField<number[]>} */
const marks = StateField.define({
  create: () => /** @type {number[]} */ ([]),
  update(starts, { docChanged, effects, state }) {
    const set = effects.find((effect) => effect.is(setMarks));
    if (set) return within(set.value, state.doc.lines).map((line) => state.doc.line(line).from);
    return docChanged && starts.length ? [] : starts;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (starts) => Decoration.set(starts.map((start) => inText.range(start)))),
    gutterLineClass.from(field, (starts) => RangeSet.of(starts.map((start) => inGutter.range(start)))),
  ],
});

/** @param {number[]} lines @param {number} last */
const within = (lines, last) => [...new Set(lines)].filter((line) => line >= 1 && line <= last).sort((a, b) => a - b);

export const lineMarks = () => marks;

/** @param {EditorView} view @param {number[]} lines none takes the marks away */
export function mark(view, lines) {
  view.dispatch({ effects: setMarks.of(lines) });
}

/**
 * Put the cursor at the beginning of a line's code. A fold around it opens.
 * @param {EditorView} view
 * @param {number} number of the line, from 1
 */
export function goTo(view, number) {
  const { doc } = view.state;
  const line = doc.line(Math.min(Math.max(number, 1), doc.lines));
  const anchor = line.from + line.text.search(/\S|$/);
  view.focus();
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
}
