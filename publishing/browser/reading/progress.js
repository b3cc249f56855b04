// The page "Your progress": shows what course.js keeps, saves it to a file, reads one, forgets it, prints a record.
(() => {
  const { PREFIX, KINDS, storage, whenKey, read, done, mark } = course;
  const VERSION = 1;
  const LARGEST = 10_000_000; // characters; a browser keeps about half of it
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement.dataset.content_root || "./";
  const title = document.querySelector("article h1")?.firstChild.textContent ?? document.title;
  const asks = (d) => d.functions + d.predictions + d.quizzes > 0;
  const parts = courseContents.parts
    .map((part) => ({ ...part, done: part.pages.map(done) }))
    .filter((part) => part.done.some(asks));

  function make(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const day = (iso) => new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const isDate = (text) => typeof text === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) && !isNaN(Date.parse(text));
  const dated = (iso) => (isDate(iso) ? day(iso) : "no date");
  const sum = (list, name) => list.reduce((total, each) => total + each[name], 0);

  // ---- what is there

  function show() {
    $("progress").replaceChildren(...parts.map(chapter));
    record();
  }

  function chapter(part) {
    const now = part.pages.map(done);
    const box = make("section", { class: "progress-chapter" }, make("h3", {}, part.title));
    const exercise = part.pages.find((page) => page.functions.length);
    const lines = make("ul", { class: "progress-counts" });
    if (exercise) lines.append(line("Functions solved", sum(now, "solved"), sum(now, "functions"), tried(sum(now, "tried"))));
    if (sum(now, "predictions")) lines.append(line("Predictions made", sum(now, "predicted"), sum(now, "predictions")));
    if (sum(now, "quizzes"))
      lines.append(line("Quiz questions answered", sum(now, "answered"), sum(now, "quizzes"), choices(now)));
    box.append(lines);
    if (exercise) {
      const list = exercise.functions.map((name) => make("li", {}, ...state(name)));
      box.append(make("ul", { class: "progress-functions" }, ...list));
    }
    const links = part.pages.filter((_, k) => asks(now[k])).map((page) => make("a", { href: `${root}${page.page}.html` }, page.title));
    box.append(make("p", { class: "progress-pages" }, ...links.flatMap((link, k) => (k ? [" · ", link] : [link]))));
    return box;
  }

  const tried = (count) => (count ? `${count} more tried` : "");
  const choices = (now) =>
    sum(now, "answered") ? `${sum(now, "right")} right now, ${sum(now, "first")} right at the first choice` : "";

  function line(label, some, all, more = "") {
    const bar = make("progress", { max: all, value: some, "aria-label": `${label}: ${some} of ${all}` });
    return make("li", {}, bar, make("span", {}, `${label}: ${some} of ${all}${more ? ` (${more})` : ""}`));
  }

  function state(name) {
    const [solved, failed] = [read(`solved:${name}`), read(`tried:${name}`)];
    const [sign, word] = solved ? ["✓", `solved, ${dated(solved)}`] : failed ? ["◐", `tried, ${dated(failed)}`] : ["○", "not yet"];
    const span = make("span", { "aria-hidden": "true", class: solved ? "sign solved" : "sign" }, sign);
    return [span, " ", make("code", {}, name), ` ${word}`];
  }

  // ---- what this browser promises

  async function promise() {
    const told = [];
    if (!storage) told.push("This browser keeps nothing for this site: all is gone when you leave a page. Allow the site to store data, or use another browser.");
    else {
      const kept = await navigator.storage?.persisted?.().catch(() => false);
      told.push(
        kept
          ? "This browser has promised to keep your progress until you delete it."
          : "This browser has not promised to keep your progress: it may delete it when room is short, or with its history. Save it to a file from time to time.",
      );
      const agent = navigator.userAgent;
      if (!kept && /Safari\//.test(agent) && !/Chrom(e|ium)\/|Android/.test(agent))
        told.push("Safari deletes what a site keeps after seven days in which you use Safari without visiting the site.");
      if (location.protocol === "file:")
        told.push("You opened this page as a file: some browsers then keep nothing, or each page's answers apart from the others'.");
      told.push("In a private window everything is gone when you close the window.");
    }
    $("progress-storage").textContent = told.join(" ");
  }

  // ---- to a file, from a file

  const mine = () => Object.keys(storage ?? {}).filter((key) => key.startsWith(PREFIX));

  /** All that is kept, deleted things too: `{key: {value, when}}`, keys without the prefix. */
  function entries() {
    const found = {};
    for (const full of mine()) {
      const key = full.slice(PREFIX.length).replace(/^when:/, "");
      if (KINDS.includes(key.split(":", 1)[0])) found[key] ??= { value: read(key), when: when(key) };
    }
    return found;
  }
  const when = (key) => storage.getItem(whenKey(PREFIX + key)) ?? (/^(solved|tried):/.test(key) ? read(key) : null) ?? "";

  function save() {
    const saved = new Date().toISOString();
    const text = JSON.stringify({ course: "batchnorm", version: VERSION, saved, entries: entries() }, null, 1);
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href: address, download: `batch-normalization-progress-${saved.slice(0, 10)}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    say("Saved. Open the file with “Read a file” on the other device.");
  }

  /** The entries of a saved file; an error with one line for the reader where it is none. */
  function parse(text) {
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Error("it is not a file saved on this page, or it is broken");
    }
    if (data?.course !== "batchnorm") throw new Error("it is not a file saved on this page");
    if (!Number.isInteger(data.version) || data.version < 1) throw new Error("its version is missing");
    if (data.version > VERSION) throw new Error("it comes from a newer version of this site; update this one");
    const all = data.entries;
    if (typeof all !== "object" || all === null || Array.isArray(all)) throw new Error("it holds no entries");
    for (const [key, entry] of Object.entries(all)) {
      const [kind, ...rest] = key.split(":");
      const { value, when } = entry ?? {};
      const fits =
        KINDS.includes(kind) && rest.join(":") && key.length < 300 && (when === "" || isDate(when)) &&
        (value === null || (typeof value === "string" && valueFits(kind, value)));
      if (!fits) throw new Error(`its entry ${JSON.stringify(key.slice(0, 60))} is broken`);
    }
    return all;
  }
  const valueFits = (kind, value) =>
    ["solved", "tried"].includes(kind) ? isDate(value) : ["prediction", "quiz", "first"].includes(kind) ? /^\d{1,2}$/.test(value) : true;

  /** Take over what is newer than here; of first choices the older. All or nothing. */
  function merge(incoming) {
    const time = (text) => Date.parse(text) || 0;
    const taken = Object.entries(incoming).filter(([key, theirs]) => {
      const here = { value: read(key), when: when(key) };
      if (here.value === theirs.value) return false;
      if (here.value === null && here.when === "") return theirs.value !== null;
      const newer = time(theirs.when) - time(here.when);
      return key.startsWith("first:") ? newer < 0 : newer > 0;
    });
    const before = taken.flatMap(([key]) => [PREFIX + key, whenKey(PREFIX + key)]).map((key) => [key, storage.getItem(key)]);
    const put = (key, value) => (value === null || value === "" ? storage.removeItem(key) : storage.setItem(key, value));
    try {
      for (const [key, theirs] of taken) {
        put(PREFIX + key, theirs.value);
        put(whenKey(PREFIX + key), theirs.when);
      }
    } catch {
      for (const [key, value] of before) put(key, value);
      throw new Error("this browser has no room for it");
    }
    return taken.length;
  }

  async function load(file) {
    try {
      if (!storage) throw new Error("this browser keeps nothing for this site");
      if (file.size > LARGEST) throw new Error("it is too large");
      const count = merge(parse(await file.text()));
      const what = count === 1 ? "1 thing was" : `${count} things were`;
      say(count ? `Read “${file.name}”: ${what} new and taken over.` : `Read “${file.name}”: nothing in it is newer than what is here.`);
      navigator.storage?.persist?.().then(promise, promise);
    } catch (error) {
      say(`“${file.name}” was not read: ${error.message}. Nothing was changed.`);
    }
    show();
    mark();
  }

  const say = (text) => ($("progress-said").textContent = text);

  // ---- a record to print

  function record() {
    const solved = parts
      .flatMap((part) => part.pages.flatMap((page) => page.functions.map((name) => [part.title, name, read(`solved:${name}`)])))
      .filter(([, , at]) => at);
    const all = sum(parts.flatMap((part) => part.pages.map(done)), "functions");
    const rows = solved.map(([part, name, at]) =>
      make("tr", {}, make("td", {}, make("code", {}, name)), make("td", {}, part), make("td", {}, dated(at))),
    );
    const head = make("tr", {}, ...["Function", "Chapter", "Solved"].map((text) => make("th", { scope: "col" }, text)));
    const name = read("name")?.trim();
    $("progress-record").replaceChildren(
      make("p", { class: "record-title" }, document.querySelector(".navbar-brand img")?.alt.replace(/ - Home$/, "") || title),
      make("p", { class: "record-name" }, name || "(no name given)"),
      make("p", {}, `Solved ${solved.length} of ${all} functions by ${day(new Date().toISOString())}.`),
      ...(rows.length ? [make("table", { class: "table" }, make("thead", {}, head), make("tbody", {}, ...rows))] : []),
      make("p", { class: "record-note" }, "Self-reported: kept and printed by the learner’s own browser, from the visible checks only. Nobody has verified it, and it is not a grade."),
    );
  }

  // ---- the buttons

  $("progress-save").addEventListener("click", save);
  $("progress-file").addEventListener("change", async ({ target }) => {
    if (target.files.length) await load(target.files[0]);
    target.value = ""; // so that the same file can be read again
  });
  $("progress-reset").addEventListener("click", () => $("progress-sure").showModal());
  $("progress-sure").addEventListener("close", ({ target }) => {
    if (target.returnValue === "yes") {
      for (const key of mine()) storage.removeItem(key);
      $("progress-name").value = "";
      say("Everything is forgotten.");
      show();
      mark();
    }
    target.returnValue = "";
  });
  $("progress-name").value = read("name") ?? "";
  $("progress-name").addEventListener("input", ({ target }) => {
    course.write("name", target.value);
    record();
  });
  $("progress-print").addEventListener("click", () => print());
  addEventListener("storage", show); // another tab
  show();
  promise();
})();
