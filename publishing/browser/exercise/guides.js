/** Thin lines that show how deep a line is indented. They are a background, so nothing moves and nothing is read out. */

import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, ViewPlugin } from "@codemirror/view";

const STEP = 4; // columns

/** @param {number} steps */
const guide = (steps) => Decoration.line({ class: "runner-guides", attributes: { style: `--steps: ${steps}` } });

/** @param {import("@codemirror/view").EditorView} view */
function draw(view) {
  const { doc } = view.state;
  /** @type {RangeSetBuilder<Decoration>} */
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    let before = 0;
    for (let line = doc.lineAt(from); ; line = doc.line(line.number + 1)) {
      const indent = line.text.search(/\S/);
      const steps = indent < 0 ? before : Math.ceil(indent / STEP); // an empty line is inside what is above it
      if (steps) builder.add(line.from, line.from, guide(steps));
      before = steps;
      if (line.to >= to || line.number === doc.lines) break;
    }
  }
  return builder.finish();
}

export const indentationGuides = () =>
  ViewPlugin.define((view) => ({ decorations: draw(view), update(update) {
    if (update.docChanged || update.viewportChanged) this.decorations = draw(update.view);
  } }), { decorations: (plugin) => plugin.decorations });
