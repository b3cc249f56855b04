// The page on which written answers are marked. It shows what the server tells, and sends each change at once.
"use strict";

const most = Number(document.body.dataset.most);
const byId = (id) => document.getElementById(id);
const list = byId("answers"), form = byId("item"), ask = byId("ask"), told = byId("told");
const WORDS = { new: "new", changed: "changed since it was graded", graded: "graded", empty: "nothing written" };
const RETRY = 3000, LOOK_AGAIN = 15000, WAIT_FOR_MORE = 600; // milliseconds

let answers = [], items = [], lost = "", current = null;
const before = []; // what `u` goes back to

// ---- small things

const number = (points) => String(Math.round(points * 1000) / 1000);
const signed = (points) => (points > 0 ? "+" : points < 0 ? "−" : "") + number(Math.abs(points));
const bounded = (points) => Math.min(Math.max(points, 0), most);
const waits = (a) => a.state === "new" || a.state === "changed";
const groupOf = (a) => answers.filter((other) => other.group === a.group);
const item = (id) => items.find((one) => one.id === id);
const pointsOf = (a) => (a.base === null ? null : bounded(a.base + a.items.reduce((sum, id) => sum + (item(id)?.points ?? 0), 0)));

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(text, bad = false) {
  told.replaceChildren(...(text ? [element("p", bad ? "bad" : "", text)] : []));
}

async function call(name, asked) {
  let reply;
  try {
    reply = await fetch(`api/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) });
  } catch {
    throw new Error("the server does not answer; is `python -m grading answers` still running?");
  }
  const found = await reply.json();
  if (!reply.ok) throw new Error(found.error);
  return found;
}

// ---- what is shown

function card(a) {
  const made = element("article");
  made.tabIndex = -1;
  made.dataset.key = a.key;
  const head = element("div", "head");
  for (const name of ["who", "state", "group", "points"]) head.append(element("span", name));
  made.append(head, element("div", "refusal"), element("div", "markdown", "…"), element("ul", "given"), element("div", "text"));
  made.addEventListener("focusin", () => select(a.key));
  made.addEventListener("click", (event) => {
    if (!event.target.closest("a, textarea, button")) made.focus({ preventScroll: true });
  });
  return made;
}

function paint(a) {
  const made = a.card, part = (name) => made.querySelector(`:scope > .${name}, :scope > .head > .${name}`);
  made.className = a.refused ? `${a.state} refused` : a.state;
  const points = pointsOf(a);
  made.setAttribute("aria-label", `${a.who}, ${WORDS[a.state]}`);
  part("who").textContent = a.who;
  part("state").textContent = WORDS[a.state] + (a.dirty || a.sending ? ", being saved" : "") + (a.failed ? ", not saved" : "");
  const group = groupOf(a), same = group.filter((other) => other.equal === a.equal).length;
  part("group").textContent = group.length < 2 ? "" : `${group.length} alike: ${same} equal` + (same < group.length ? `, ${group.length - same} near` : "");
  part("points").textContent = (points === null ? "–" : number(points)) + ` of ${number(most)}` + (a.extra ? ` and ${number(a.extra)} extra` : "");
  part("refusal").textContent = a.refused ?? "";
  part("given").replaceChildren(...a.items.filter(item).map((id) => element("li", "", `${item(id).text} (${signed(item(id).points)})`
    + (a.old.includes(id) ? " – in an earlier wording" : ""))));
  part("text").textContent = a.comment;
  if (current === a) paintItems();
}

function paintItems() {
  byId("items").replaceChildren(...items.map((one, place) => {
    const row = element("li"), use = element("button", "use"), edit = element("button", "edit", "Edit");
    if (place < 9) use.append(element("kbd", "", String(place + 1)), " ");
    use.append(`${signed(one.points)} ${one.text}`, element("span", "small", one.uses ? ` (${one.uses})` : ""));
    use.setAttribute("aria-pressed", String(Boolean(current?.items.includes(one.id))));
    use.type = edit.type = "button";
    edit.setAttribute("aria-label", `Edit ${one.text}`);
    use.addEventListener("click", () => toggle(one.id));
    edit.addEventListener("click", () => openForm(one));
    row.append(use, edit);
    return row;
  }));
}

function paintProgress() {
  const left = answers.filter(waits).length, unsaved = answers.filter((a) => a.dirty || a.sending).length;
  const part = lost ? ` · left out: ${lost}` : "";
  byId("progress").textContent = `${answers.length} answers, ${left} to grade` + part + (unsaved ? ` · saving ${unsaved}` : "");
}

function select(key) {
  const a = answers.find((one) => one.key === key);
  if (!a || a === current) return;
  if (current) {
    current.card.tabIndex = -1;
    current.card.removeAttribute("aria-current");
  }
  current = a;
  a.card.tabIndex = 0;
  a.card.setAttribute("aria-current", "true");
  paintItems();
}

function go(a) {
  if (!a) return;
  a.card.focus({ preventScroll: true });
  a.card.scrollIntoView({ block: "nearest" });
  readTexts();
}

const step = (by) => go(answers[Math.min(Math.max(answers.indexOf(current) + by, 0), answers.length - 1)]);

function nextToGrade() {
  const at = answers.indexOf(current), found = [...answers.slice(at + 1), ...answers.slice(0, at)].find(waits);
  if (found) go(found);
  else say("All answers are graded.");
}

// ---- loading: first everything but the texts, then these, from the current one on

function adopt(a, from) {
  for (const name of ["state", "version", "base", "items", "old", "comment", "extra", "group", "equal", "who"]) {
    if (from[name] !== undefined) a[name] = from[name];
  }
}

async function look() {
  const began = performance.now();
  let found;
  try {
    found = await call("overview", {});
  } catch (error) {
    if (!answers.length) say(error.message, true);
    return;
  }
  ({ items, lost } = found);
  const known = new Map(answers.map((a) => [a.key, a]));
  answers = found.answers.map((from) => {
    const a = known.get(from.key) ?? { key: from.key, dirty: false, sending: false, card: card(from) };
    if (!a.dirty && !a.sending && a.typing === undefined && !(a.saved > began)) {
      if (a.version && a.version !== from.version) a.read = false; // perhaps another text
      adopt(a, from);
    } else {
      Object.assign(a, { group: from.group, equal: from.equal });
    }
    return a;
  });
  const focused = document.activeElement;
  const writing = answers.some((a) => a.typing !== undefined); // its field would lose the focus, and keys would act
  if (!writing && answers.some((a, place) => list.children[place] !== a.card)) list.replaceChildren(...answers.map((a) => a.card));
  answers.forEach(paint);
  if (!answers.includes(current)) current = null;
  if (!current && answers.length) go(answers.find(waits) ?? answers[0]);
  else if (list.contains(focused)) focused.focus({ preventScroll: true });
  paintItems();
  paintProgress();
  readTexts();
}

let reading = false, arrived = false;
async function readTexts() {
  if (reading) return;
  reading = true;
  try {
    for (;;) {
      const at = Math.max(answers.indexOf(current), 0);
      const some = [...answers.slice(at), ...answers.slice(0, at)].filter((a) => !a.read).slice(0, 5);
      if (!some.length) break;
      const texts = await call("texts", { keys: some.map((a) => a.key) });
      for (const a of some) {
        a.read = true;
        const shown = a.card.querySelector(":scope > .markdown");
        shown.innerHTML = texts[a.key] ?? ""; // sanitized by the server, and the page runs no script of another's
        for (const link of shown.querySelectorAll("a[href]")) link.target = "_blank";
      }
      if (!arrived) current?.card.scrollIntoView({ block: "nearest" }); // its place is known only now
      arrived = true;
    }
  } catch (error) {
    say(error.message, true);
  }
  reading = false;
}

// ---- saving: each change at once, one request at a time for an answer; what fails is tried again until it is saved

const wantedOf = (a) => ({ base: a.base, items: a.items, comment: a.comment, looked: !waits(a) });
const copyOf = (a) => ({ base: a.base, items: [...a.items], comment: a.comment, state: a.state });

function change(a, what, remember = true) {
  if (remember) before.push([a, copyOf(a)]);
  Object.assign(a, what, { dirty: true, refused: undefined });
  if (!answers.some((one) => one.failed)) say("");
  paint(a);
  save(a);
}

async function save(a) {
  if (a.sending) return;
  a.sending = true;
  while (a.dirty) {
    a.dirty = false;
    const sent = wantedOf(a);
    try {
      const reply = await call("save", { wanted: sent, seen: { [a.key]: a.version } });
      a.failed = false;
      const from = reply.answers[0];
      if (reply.refused.length) {
        refuse(a, sent, from);
      } else if (a.dirty) {
        a.version = from.version; // more was changed meanwhile: that goes next
      } else {
        adopt(a, from);
      }
    } catch (error) {
      a.dirty = a.failed = true;
      say(`Not saved: ${error.message}. It is tried again every few seconds; leave this page open.`, true);
      setTimeout(() => save(a), RETRY);
      break;
    }
  }
  a.sending = false;
  a.saved = performance.now();
  if (!answers.some((one) => one.failed) && told.querySelector(".bad")) say("Everything is saved.");
  paint(a);
  paintProgress();
}

function refuse(a, sent, from) {
  const points = pointsOf(a), texts = sent.items.filter(item).map((id) => item(id).text);
  a.dirty = false;
  adopt(a, from);
  a.refused = `Not saved: somebody has graded or changed this answer meanwhile, and this is what it has now. You had given `
    + `${points === null ? "no points" : `${number(points)} points`}${texts.length ? ` (${texts.join("; ")})` : ""}`
    + `${sent.comment ? `, with the comment: ${sent.comment}` : ""}. Give it again if it is still right.`;
  a.read = false;
  a.overtaken = a.typing !== undefined; // what is being written goes on, and is not saved over the other's
  say(`${a.who}: not saved, since somebody has changed it meanwhile.`, true);
  readTexts();
}

function toggle(id) {
  const a = current;
  if (!a || !item(id)) return;
  const has = a.items.includes(id);
  const next = has ? a.items.filter((one) => one !== id) : items.map((one) => one.id).filter((one) => one === id || a.items.includes(one));
  change(a, { base: a.base ?? 0, items: next, old: [], state: "graded" });
}

function undo() {
  const last = before.pop();
  if (!last) return say("There is nothing to undo.");
  const [a, was] = last;
  go(a);
  change(a, { ...was, old: [] }, false);
}

function comment() {
  const a = current;
  if (!a || a.typing !== undefined) return a?.card.querySelector("textarea")?.focus();
  before.push([a, copyOf(a)]);
  const field = element("textarea");
  let timer;
  field.value = a.typing = a.comment;
  field.setAttribute("aria-label", `Comment for ${a.who}; Escape ends it`);
  const keep = () => {
    clearTimeout(timer);
    if (!a.overtaken && field.value.trim() !== a.comment) change(a, { comment: field.value.trim() }, false);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT_FOR_MORE);
  });
  const end = () => {
    if (a.typing === undefined) return;
    keep();
    if (a.overtaken) a.refused += ` You were writing: ${field.value}`;
    a.typing = undefined;
    a.overtaken = false;
    field.remove();
    paint(a);
  };
  field.addEventListener("blur", end);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      event.stopPropagation();
      end();
      go(a);
    }
  });
  a.card.append(field);
  field.focus();
}
