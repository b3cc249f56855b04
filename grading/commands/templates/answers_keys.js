// What the keys do beyond one answer: groups, the rubric, questions back. `answers.js` is loaded before it.
"use strict";

let confirming = null, editing = null, choosing = false;

// ---- a whole group

function wholeGroup() {
  const a = current;
  if (!a) return;
  const others = groupOf(a).filter((other) => other !== a && waits(other));
  if (a.base === null || waits(a)) return say("Grade this answer first; then g gives the same to those that are like it.");
  if (!others.length) return say("No other answer that is like this one waits for a grade.");
  const same = others.filter((other) => other.equal === a.equal);
  const choices = [["g", `all ${others.length}`, () => giveTo(a, others)]];
  if (same.length && same.length < others.length) choices.push(["e", `the ${same.length} equal ones alone`, () => giveTo(a, same)]);
  confirm(`Give ${number(pointsOf(a))} points, the same items and the same comment to ${others.length} more? ${same.length} are equal to this one but for `
    + `case, space and punctuation${same.length < others.length ? `, ${others.length - same.length} only near: read these first, one word may turn them round` : ""}.`,
  others.map((other) => `${other.who}${other.equal === a.equal ? "" : " (near)"}`), choices);
}

async function giveTo(a, others) {
  try {
    const reply = await call("save", { wanted: wantedOf(a), seen: Object.fromEntries(others.map((one) => [one.key, one.version])) });
    for (const from of reply.answers) {
      const other = answers.find((one) => one.key === from.key);
      adopt(other, from);
      if (reply.refused.includes(from.key)) other.refused = "Not graded with its group: somebody has changed it meanwhile.";
      paint(other);
    }
    say(`${reply.answers.length - reply.refused.length} graded with it` + (reply.refused.length ? `; ${reply.refused.length} were changed meanwhile and are not.` : "."),
      reply.refused.length > 0);
    await look();
  } catch (error) {
    say(`Nothing is saved: ${error.message}. Press g again.`, true);
  }
}

// ---- asking first

function confirm(text, names, choices) {
  confirming = choices;
  const rows = element("ul");
  rows.append(...names.map((name) => element("li", "", name)));
  const buttons = element("p");
  for (const [key, label, act] of [...choices, ["Escape", "no", () => {}]]) {
    const button = element("button", "", `${label} `);
    button.type = "button";
    button.append(element("kbd", "", key));
    button.addEventListener("click", () => answer(act));
    buttons.append(button, " ");
  }
  ask.replaceChildren(element("p", "", text), rows, buttons);
  ask.hidden = false;
  ask.focus();
  ask.scrollIntoView({ block: "nearest" });
}

function answer(act) {
  confirming = null;
  ask.hidden = true;
  current?.card.focus({ preventScroll: true });
  act();
}

// ---- the rubric

function openForm(one) {
  editing = one;
  form.hidden = false;
  form.elements.points.value = one ? number(one.points) : "";
  form.elements.text.value = one ? one.text : "";
  form.elements.remove.hidden = !one;
  form.elements.points.select(); // and gives it the focus
}

function closeForm() {
  form.hidden = true;
  current?.card.focus({ preventScroll: true });
}

async function sendItem(name, asked) {
  try {
    const reply = await call(name, asked);
    if (reply.who) {
      return confirm(`This changes ${reply.who.length} answers:`,
        reply.who.map((one) => `${one.who}: ${one.from === null ? "no points" : number(one.from)} → ${one.to === null ? "no points" : number(one.to)}`),
        [["Enter", "change them", () => sendItem(name, { ...asked, listed: reply.listed })]]);
    }
    closeForm();
    await look();
    say(reply.changed ? `${reply.changed} answers have the changed item.` : "");
  } catch (error) {
    say(`Not saved: ${error.message}`, true);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sendItem("item", { id: editing?.id ?? null, points: form.elements.points.value, text: form.elements.text.value });
});
form.elements.remove.addEventListener("click", () => sendItem("remove", { id: editing.id }));
form.elements.cancel.addEventListener("click", closeForm);
byId("new").addEventListener("click", () => openForm(null));

// ---- keys

const KEYS = {
  j: () => step(1), ArrowRight: () => step(1), k: () => step(-1), ArrowLeft: () => step(-1), n: nextToGrade,
  f: () => current && change(current, { base: most, items: [], old: [], state: "graded" }),
  0: () => current && change(current, { base: 0, items: [], old: [], state: "graded" }),
  a: () => current && (current.base === null ? say("This answer has no points yet.") : change(current, { state: "graded" })),
  x: () => current && change(current, { base: null, items: [], old: [], state: "new" }),
  c: comment, g: wholeGroup, u: undo, i: () => openForm(null),
  e: () => { choosing = true; say("Which item? Press its digit."); },
};

byId("help").addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  if (!key || confirming) return;
  current?.card.focus({ preventScroll: true });
  KEYS[key]();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (confirming) {
    const choice = confirming.find(([key]) => key === event.key);
    const onButton = event.target.closest("button") && (event.key === "Enter" || event.key === " ");
    if ((choice || event.key === "Escape") && !onButton) {
      event.preventDefault();
      answer(choice ? choice[2] : () => {});
    }
    return;
  }
  if (event.target.closest("input, textarea")) {
    if (event.key === "Escape") closeForm();
    return;
  }
  if (/^[1-9]$/.test(event.key)) {
    const one = items[Number(event.key) - 1];
    event.preventDefault();
    if (!one) say(`There is no item ${event.key}.`);
    else if (choosing) openForm(one);
    else toggle(one.id);
    if (choosing && one) say("");
    choosing = false;
    return;
  }
  choosing = false;
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (act) {
    event.preventDefault();
    act();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (answers.some((a) => a.dirty || a.sending)) event.preventDefault();
});
byId("question").open = !window.matchMedia("(max-width: 50rem)").matches;
window.addEventListener("focus", look);
setInterval(() => document.hidden || confirming || look(), LOOK_AGAIN);
look();
