/** Where the page leads: to the exercise that is next, to the question in words, to the lesson, to the next page. */

import { element, leadTo, make } from "../shared/dom.js";
import { keys } from "../shared/store.js";
import { onOtherWrites, store, STORED } from "../shared/this_browser.js";
import { linkTo } from "./failure.js";
import { after, followingPage, goOn } from "./next_step.js";

/** @typedef {import("./cell.js").Cell} Cell */

export class Way {
  /** The line below the page's heading. */
  line = element("p", "runner-way");

  /**
   * @param {string} slug of the chapter
   * @param {string} root of the site
   * @param {import("./session.js").Session} session
   */
  constructor(slug, root, session) {
    this.slug = slug;
    this.root = root;
    this.session = session;
    this.pages = courseContents.parts.flatMap((part) => part.pages);
    /** The question that is answered in words, if the page has one. @type {import("./written_answer.js").WrittenAnswer | null} */
    this.written = null;
  }

  /** Show the line, and keep it true. */
  begin() {
    const show = (/** @type {string | null} */ key) => {
      if (key === null || /^(solved|tried|code|text):/.test(key)) this.show();
    };
    document.addEventListener(STORED, (event) => show(/** @type {CustomEvent<{key: string | null}>} */ (event).detail.key));
    onOtherWrites(show);
    this.show();
  }

  get answers() {
    return this.session.cells.filter((cell) => cell.kind === "solution");
  }

  get progress() {
    return {
      functions: this.answers.map((cell) => cell.exercise),
      read: (/** @type {string} */ key) => store.read(key),
      when: (/** @type {string} */ key) => store.when(key),
      code: (/** @type {string} */ name) => keys.code(this.slug, name),
    };
  }

  /** @param {string} exercise */
  answer(exercise) {
    return /** @type {Cell} */ (this.answers.find((cell) => cell.exercise === exercise));
  }

  show() {
    const { exercise, begun, solved } = goOn(this.progress);
    const all = this.answers.length;
    const content = exercise
      ? begun
        ? [linkTo(this.answer(exercise), "Continue: ", element("code", "", exercise)), `, ${solved} of ${all} solved`]
        : [linkTo(this.answer(exercise), "Jump to exercise 1")]
      : [all === 1 ? "Solved. " : `All ${all} solved. `, ...this.rest()];
    const words = content.map((part) => (typeof part === "string" ? part : part.textContent)).join("");
    if (words === this.line.textContent) return; // a link that has the focus stays
    this.line.replaceChildren(...content);
  }

  /** What comes after the exercises: the question in words, then the next page. */
  rest() {
    const { written } = this;
    if (written && !written.text().trim()) {
      const link = element("a", "", "the question in your own words");
      leadTo(link, written.place, () => written.area.focus());
      return ["Next: ", link];
    }
    const page = followingPage(this.pages, `book/${this.slug}/exercise`);
    return page ? ["Next: ", make("a", { href: `${this.root}${page.page}.html` }, page.title)] : ["That was the last exercise of the course."];
  }

  /** What follows an exercise that was just solved. @param {string} exercise */
  onward(exercise) {
    const next = after(this.progress, exercise);
    return element("p", "runner-onward", ...(next ? [linkTo(this.answer(next), "Next: ", element("code", "", next))] : this.rest()));
  }

  /** Where to read about what does not work yet: the section of the lesson that the exercise names, or the lesson. @param {Cell} cell */
  lesson(cell) {
    const page = this.pages.find(({ page }) => page === `book/${this.slug}/lesson`);
    const named = /** @type {HTMLAnchorElement | null | undefined} */ (cell.place.closest("section")?.querySelector('a[href*="lesson.html#"]'));
    const [href, title] = named ? [named.href, named.textContent] : [`${this.root}book/${this.slug}/lesson.html`, page?.title ?? "the lesson"];
    return element("p", "runner-onward", "Read again, in the lesson: ", make("a", { href }, title));
  }
}
