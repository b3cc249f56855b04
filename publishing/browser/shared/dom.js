/** Helpers to make elements, and to offer a text as a download. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {(string | Node)[]} content
 */
export function make(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content);
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} name its class
 * @param {(string | Node)[]} content
 */
export function element(tag, name, ...content) {
  return make(tag, name ? { class: name } : {}, ...content);
}

/** @param {string} label @param {() => void} act */
export function button(label, act) {
  const made = make("button", { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}

/**
 * Offer a text as a download.
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function offerFile(name, text, type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * A link to a place of this page that puts the focus there. The browser's own way there would end when it likes, in
 * Firefox after a timeout of 0, and takes the focus away then.
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement} place which has an id
 * @param {() => void} focus
 */
export function leadTo(link, place, focus) {
  link.href = `#${place.id}`;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab, say
    event.preventDefault();
    location.hash = place.id;
    place.scrollIntoView(); // also where the address has this hash already
    focus();
  });
}
