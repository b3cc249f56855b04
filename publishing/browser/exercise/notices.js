/** Sentences above a cell that stay while they are true, each with what can be done about it. */

import { button, element } from "../shared/dom.js";

/** @typedef {"origin" | "changed" | "elsewhere" | "unkept" | "passed"} Kind */

export class Notices {
  place = element("div", "runner-notices");
  /** @type {Map<Kind, HTMLElement>} */
  shown = new Map();

  constructor() {
    this.place.setAttribute("role", "status");
  }

  /**
   * Show a sentence in place of the one of this kind, unless it is there already.
   * @param {Kind} kind
   * @param {string} text
   * @param {[label: string, act: () => void][]} actions
   */
  set(kind, text, actions = []) {
    if (this.shown.get(kind)?.dataset.text === text) return;
    this.clear(kind);
    const box = element("div", "runner-notice", element("p", "", text));
    box.dataset.text = text;
    if (actions.length) box.append(element("div", "runner-notice-buttons", ...actions.map(([label, act]) => button(label, act))));
    this.shown.set(kind, box);
    this.place.append(box);
  }

  /** @param {Kind} kind */
  clear(kind) {
    this.shown.get(kind)?.remove();
    this.shown.delete(kind);
  }

  /** Put the focus on what can be done. @param {Kind} kind */
  focus(kind) {
    this.shown.get(kind)?.querySelector("button")?.focus();
  }

  /** Show more below a sentence, or take it away again. @param {Kind} kind @param {() => HTMLElement} more */
  toggle(kind, more) {
    const box = this.shown.get(kind);
    const open = box?.querySelector(".runner-difference");
    if (open) open.remove();
    else box?.append(more());
  }
}
