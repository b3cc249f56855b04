/**
 * A row of the characters that Python needs and that touch keyboards hide, above the keyboard while an editor has the
 * focus. `runner.css` shows it on touch screens only.
 */

import { insertBracket } from "@codemirror/autocomplete";
import { indentLess, indentMore } from "@codemirror/commands";
import { EditorView } from "@codemirror/view";

import { button, make } from "../shared/dom.js";

const CHARACTERS = "()[]_=:/*.,";
const ROOM = 60; // px, below the cursor's line

/** @param {EditorView} view @param {string} character */
function type(view, character) {
  const bracket = insertBracket(view.state, character); // its partner comes with it, as at the key
  view.dispatch(bracket ?? view.state.update(view.state.replaceSelection(character), { userEvent: "input.type", scrollIntoView: true }));
}

/** @param {EditorView} view */
export function touchKeys(view) {
  const keys = [
    button("⇥", () => indentMore(view)),
    button("⇤", () => indentLess(view)),
    ...[...CHARACTERS].map((character) => button(character, () => type(view, character))),
  ];
  keys[0].setAttribute("aria-label", "Indent");
  keys[1].setAttribute("aria-label", "Indent less");
  const row = make("div", { class: "runner-touch-keys", role: "toolbar", "aria-label": "Keys for Python" }, ...keys);
  // A press leaves the focus, and with it the keyboard, where it is.
  for (const event of ["pointerdown", "mousedown"]) row.addEventListener(event, (pressed) => pressed.preventDefault());
  return row;
}

/** Room for the row, where one types. */
export const roomForTouchKeys = () =>
  EditorView.scrollMargins.of(() => (matchMedia("(pointer: coarse)").matches ? { bottom: ROOM } : null));

// A keyboard covers the page's lower end: the row stands above it.
const { visualViewport } = globalThis;
if (visualViewport) {
  const place = () => {
    const covered = innerHeight - visualViewport.height - visualViewport.offsetTop;
    document.documentElement.style.setProperty("--keyboard", `${Math.max(Math.round(covered), 0)}px`);
  };
  visualViewport.addEventListener("resize", place);
  visualViewport.addEventListener("scroll", place);
}
