// What a reader chose and solved, kept in this browser under `batchnorm:`, and shown as marks in the contents.
// Nothing is sent anywhere. A page works without this script, and in a browser that keeps nothing.
const course = (() => {
  const PREFIX = "batchnorm:";
  const KINDS = ["code", "solved", "tried", "prediction", "quiz", "first", "text"]; // what is a reader's progress
  const page = DOCUMENTATION_OPTIONS.pagename;

  let storage = null;
  try {
    storage = localStorage;
    storage.getItem(PREFIX);
  } catch {
    storage = null; // a browser that keeps nothing
  }

  const kind = (key) => (key.startsWith(PREFIX) ? key.slice(PREFIX.length).split(":", 1)[0] : "");
  const isProgress = (key) => KINDS.includes(kind(key));
  const whenKey = (key) => `${PREFIX}when:${key.slice(PREFIX.length)}`;
  const read = (key) => storage?.getItem(PREFIX + key) ?? null;

  // Every write by a script is announced, ours and others'. The time of each is kept: of two devices the newer wins.
  function write(key, value) {
    try {
      storage.setItem(PREFIX + key, value);
    } catch {
      return; // nothing is kept, or there is no room
    }
    document.dispatchEvent(new CustomEvent("course:stored", { detail: { key: PREFIX + key } }));
  }

  document.addEventListener("course:stored", ({ detail }) => {
    if (!isProgress(detail.key)) return;
    try {
      storage.setItem(whenKey(detail.key), new Date().toISOString());
      if (storage.getItem(`${PREFIX}asked`) === null) {
        storage.setItem(`${PREFIX}asked`, "yes");
        navigator.storage?.persist?.(); // not to be cleared when room is short; some browsers ask the reader
      }
    } catch {
      // no room: the mark is still right
    }
    mark();
  });

  // ---- what was done on a page of the contents

  function done(entry) {
    const count = (names, test) => names.filter(test).length;
    const { functions, predictions, quizzes } = entry;
    const ids = Object.keys(quizzes);
    return {
      functions: functions.length,
      solved: count(functions, (name) => read(`solved:${name}`)),
      tried: count(functions, (name) => read(`tried:${name}`) && !read(`solved:${name}`)),
      predictions: predictions.length,
      predicted: count(predictions, (name) => read(`prediction:${name}`)),
      quizzes: ids.length,
      answered: count(ids, (id) => read(`quiz:${entry.page}:${id}`)),
      right: count(ids, (id) => read(`quiz:${entry.page}:${id}`) === String(quizzes[id])),
      first: count(ids, (id) => read(`first:${entry.page}:${id}`) === String(quizzes[id])),
    };
  }

  const entries = courseContents.parts.flatMap((part) => part.pages);

  /** Marks in the sidebar's contents: how many functions are solved, or questions answered, once one is. */
  function mark() {
    const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
    for (const link of document.querySelectorAll("nav.bd-links a.reference.internal")) {
      const here = link.getAttribute("href") === "#"; // the page that is shown
      const entry = entries.find((e) => (here ? e.page === page : link.href === new URL(`${e.page}.html`, root).href));
      if (!entry) continue;
      const now = done(entry);
      const [some, all, word] = now.functions
        ? [now.solved, now.functions, "solved"]
        : [now.predicted + now.answered, now.predictions + now.quizzes, "answered"];
      link.querySelector(".progress-mark")?.remove();
      if (!some) continue;
      const sign = document.createElement("span");
      sign.className = "progress-mark";
      sign.classList.toggle("all", some === all);
      sign.innerHTML = '<span aria-hidden="true"></span><span class="visually-hidden"></span>';
      sign.firstChild.textContent = some === all ? "✓" : `${some}/${all}`;
      sign.lastChild.textContent = ` (${some} of ${all} ${word})`;
      link.append(sign);
    }
  }

  // ---- questions on this page

  function restore() {
    for (const box of document.querySelectorAll("fieldset.prediction, fieldset.quiz")) {
      const kept = read(boxKey(box));
      for (const input of box.querySelectorAll("input")) input.checked = input.value === kept;
    }
  }

  const boxKey = (box) =>
    box.matches(".prediction") ? `prediction:${box.dataset.prediction}` : `quiz:${page}:${box.id}`;

  if (storage) {
    restore();
    for (const box of document.querySelectorAll("fieldset.prediction, fieldset.quiz")) {
      box.addEventListener("change", (event) => {
        write(boxKey(box), event.target.value);
        if (box.matches(".quiz")) settle(box);
      });
    }
    // Changed in another tab.
    addEventListener("storage", (event) => {
      if (event.key === null || isProgress(event.key)) {
        restore();
        mark();
      }
    });
  }

  // The first choice counts once it has stood for a second or the reader goes on: arrow keys pass over answers.
  const waiting = new Map();
  function settle(box) {
    if (read(`first:${page}:${box.id}`)) return;
    clearTimeout(waiting.get(box));
    waiting.set(box, setTimeout(() => commit(box), 1000));
  }
  function commit(box) {
    clearTimeout(waiting.get(box));
    waiting.delete(box);
    write(`first:${page}:${box.id}`, box.querySelector("input:checked").value);
  }
  addEventListener("pagehide", () => [...waiting.keys()].forEach(commit));

  mark();
  return { PREFIX, KINDS, storage, isProgress, whenKey, read, write, done, mark };
})();

// What the theme lacks for people who use a keyboard or a screen reader.
document.querySelectorAll(".search-button-field").forEach((button) => {
  button.removeAttribute("aria-label"); // "Search" alone would hide the keys that its text names
});
document.querySelectorAll(".theme-switch-button").forEach((button) => {
  button.setAttribute("aria-label", "Color mode: Light, Dark or System Settings"); // its icons bear these names
  button.addEventListener("click", () => setTimeout(() => button.focus())); // the theme lets go of the focus
});
const sidebar = document.querySelector("#pst-primary-sidebar"); // the logo stands in it, outside of any landmark
sidebar?.setAttribute("role", "region");
sidebar?.setAttribute("aria-label", "Course");
