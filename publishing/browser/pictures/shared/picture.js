// What each picture's script begins with. A picture is drawn into its figure on the page, in place of the still image
// that stands there on paper and without JavaScript.

import { element } from "../../shared/dom.js";
import { dataOf } from "../../shared/figure_data.js";

/**
 * Draw each figure that `lab.picture(name, ...)` has put into the page.
 * @template Data
 * @param {string} name
 * @param {(view: HTMLElement, data: Data, say: (text: string) => void) => void} draw draws into `view`, from the data
 *   that the page's cell gave; `say` tells what has changed, for all to read and for screen readers to speak
 */
export function picture(name, draw) {
  for (const figure of document.querySelectorAll(`figure.picture[data-picture="${CSS.escape(name)}"]`)) {
    const view = /** @type {HTMLElement} */ (figure.querySelector(".picture-view"));
    const told = element("p", "picture-told");
    told.setAttribute("role", "status");
    try {
      draw(view, dataOf(figure), (text) => {
        if (told.textContent !== text) told.textContent = text;
      });
      view.append(told);
      figure.classList.add("drawn");
    } catch (error) {
      view.replaceChildren(); // the still stays
      console.error(error);
    }
  }
}
