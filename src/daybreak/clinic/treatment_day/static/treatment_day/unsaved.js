// What is typed on a session and not saved. A set of values is kept on this tablet like the outbox, so that a closed
// browser does not lose it, for this session and whoever typed it: reloaded at once it stands in its row again, later it
// is asked about, with its time. Words are kept in the tab.
"use strict";

const KEPT = `daybreak.typed.${document.body.dataset.user}.${window.location.pathname}.`;
const UNSAVED = "daybreak.unsaved.";
const AT_ONCE_MS = 60000;
const TAB = "daybreak.tab"; // outlives a reload and no closed tab

const unsaved = {
  row: document.querySelector("form.entry"),
  own: null, // the set that stands in the row now

  all() {
    return tabletStore.all(UNSAVED);
  },

  // The other sets of this session, the oldest first.
  here() {
    const isHere = (set) => set.page === window.location.pathname && set.id !== this.own?.id;
    return this.all().filter(isHere).sort((a, b) => a.kept - b.kept);
  },

  keep(set) {
    tabletStore.set(UNSAVED + set.id, JSON.stringify(set));
  },

  drop(id) {
    tabletStore.remove(UNSAVED + id);
    if (this.own?.id === id) this.own = null;
    this.show();
  },

  // What stands in the row, with when it was typed last.
  keepRow() {
    const values = figuresOf(this.row);
    if (!Object.keys(values).length) return this.own && this.drop(this.own.id);
    const typed = { at: new Date(Date.now() + outbox.clockOffset).toISOString(), kept: Date.now() };
    const whose = { user: outbox.user, userName: document.body.dataset.userName, page: window.location.pathname };
    this.own = { id: this.own?.id ?? crypto.randomUUID(), tab: tabStore.get(TAB), ...whose, ...typed, values };
    this.keep(this.own);
  },

  backInTheRow() {
    const isOwn = (set) => set.user === outbox.user && set.tab === tabStore.get(TAB) && isAtOnce(set);
    const set = this.here().filter(isOwn).at(-1);
    if (!set) return;
    fill(this.row, set.values);
    this.own = set;
  },

  // What is typed in it next is another set, which answers nothing that was refused before.
  emptyTheRow() {
    this.own = null;
    this.row.reset();
    delete this.row.dataset.answers;
    this.show();
  },

  // Nobody was at the page for a while: the row is for new figures, and what stood there is asked about.
  emptyOldRow() {
    if (this.own && !isAtOnce(this.own)) this.emptyTheRow();
  },

  show() {
    const place = document.getElementById("unsaved");
    if (!place) return;
    const sets = this.here(), shown = sets.map((set) => set.id).join();
    if (place.dataset.shown === shown) return; // somebody may be typing in one of them
    place.dataset.shown = shown;
    place.hidden = sets.length === 0;
    place.replaceChildren(...sets.map((set) => (set.user === outbox.user ? asked(set) : told(set))));
  },
};

function isAtOnce(set) {
  return Date.now() - set.kept < AT_ONCE_MS;
}

function figuresOf(form) {
  const boxes = [...form.querySelectorAll("[data-figure]")].filter((box) => box.value.trim());
  return Object.fromEntries(boxes.map((box) => [box.name, box.value]));
}

function fill(form, values) {
  for (const box of form.querySelectorAll("[data-figure]")) box.value = values[box.name] ?? "";
}

function timeOf(set) {
  const at = new Date(set.at), clock = outbox.clock(at);
  const day = (when) => when.toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: CLINIC_ZONE });
  return day(at) === day(new Date()) ? clock : `${clock} on ${day(at)}`;
}

function asked(set) {
  const part = document.getElementById("unsaved-set").content.cloneNode(true).firstElementChild;
  const form = part.querySelector("form"), crossed = part.querySelector("[data-crossed]");
  form.dataset.set = set.id;
  form.elements.at.value = set.at; // the time of which it is saved
  for (const place of part.querySelectorAll("[data-typed-at]")) place.textContent = timeOf(set);
  for (const label of part.querySelectorAll("label")) {
    const box = label.nextElementSibling;
    label.htmlFor = box.id = `${set.id}-${box.name}`;
  }
  fill(form, set.values);
  const say = () => {
    const remark = outbox.remark({ form: "Values", body: Object.entries(figuresOf(form)) });
    crossed.textContent = remark?.text ?? "";
    part.classList.toggle("act", remark?.acts === true);
  };
  form.addEventListener("input", () => {
    unsaved.keep({ ...set, values: figuresOf(form) }); // a slip put right; measured it was then
    say();
  });
  part.querySelector("[data-throw-away]").addEventListener("click", () => {
    unsaved.drop(set.id);
    document.getElementById("glance").focus();
  });
  say();
  return part;
}

// To somebody else: that there is something, whose it is, and no figure of it.
function told(set) {
  const line = document.createElement("section"), words = document.createElement("p");
  line.className = "notice";
  words.textContent = `${set.userName} typed values here at ${timeOf(set)} and has not saved them. `
    + `They wait on this tablet until ${set.userName} goes on here.`;
  line.append(words);
  return line;
}

if (unsaved.row && crypto.randomUUID) { // without it a form is sent as any form, and nobody would say that it was saved
  if (!tabStore.get(TAB)) tabStore.set(TAB, crypto.randomUUID());
  unsaved.backInTheRow();
  unsaved.row.addEventListener("input", () => unsaved.keepRow());
  document.addEventListener("outbox:kept", ({ detail: form }) => {
    const id = form === unsaved.row ? unsaved.own?.id : form.dataset.set;
    if (id) unsaved.drop(id);
  });
  document.addEventListener("tablet:unlocked", () => unsaved.emptyOldRow());
  window.addEventListener("pageshow", (event) => event.persisted && unsaved.emptyOldRow());
  // Saved or thrown away in another tab, it does not stay in this row.
  window.addEventListener("storage", ({ key, newValue }) => {
    if (unsaved.own && key === UNSAVED + unsaved.own.id && newValue === null) unsaved.emptyTheRow();
    else unsaved.show();
  });
  document.addEventListener("store:changed", () => unsaved.show());
  document.addEventListener("DOMContentLoaded", () => unsaved.show()); // the page's script knows the limits by then
}

// What is typed and not yet entered survives a reload; words beside an answer survive that their part is drawn anew, too.
function keyOf(field) {
  return `${KEPT}${field.form.dataset.keep}.${field.name}`;
}

function putTypedBack(forms) {
  for (const field of document.querySelectorAll(`${forms} :is(input:not([type=hidden]), textarea)`)) {
    const typed = tabStore.get(keyOf(field));
    if (typed !== null) field.value = typed;
  }
  sayWordsLeft();
}

function isBeside(name) {
  return name.startsWith("beside-");
}

// Words whose box is gone, since somebody else answered: they are said, until they are thrown away.
function sayWordsLeft() {
  const place = document.getElementById("words-left");
  if (!place) return;
  const names = tabStore.keys(KEPT).filter((key) => key.endsWith(".about"))
    .map((key) => key.slice(KEPT.length, -".about".length));
  const gone = names.filter((name) => !document.querySelector(`form[data-keep="${CSS.escape(name)}"]`));
  place.hidden = gone.length === 0;
  place.replaceChildren(...gone.map((name) => {
    const own = tabStore.keys(`${KEPT}${name}.`).filter((key) => !key.endsWith(".about"));
    const about = tabStore.get(`${KEPT}${name}.about`), words = own.map((key) => tabStore.get(key)).join(" ");
    const line = Object.assign(document.createElement("section"), { className: "notice" });
    const said = document.createElement("p"), button = document.createElement("button");
    said.textContent = `Typed under “${about}” and not saved, since its box is gone: “${words}”. `;
    Object.assign(button, { type: "button", className: "button plain", textContent: "Throw it away" });
    button.addEventListener("click", () => {
      forget(name);
      sayWordsLeft();
      focusOn("glance");
    });
    line.append(said, button);
    return line;
  }));
}

function forget(name) {
  tabStore.keys(`${KEPT}${name}.`).forEach((key) => tabStore.remove(key));
}

document.addEventListener("input", (event) => {
  const { form, value } = event.target;
  if (!form?.dataset.keep) return;
  tabStore.set(keyOf(event.target), value);
  if (!isBeside(form.dataset.keep)) return;
  if (value.trim()) tabStore.set(`${KEPT}${form.dataset.keep}.about`, form.dataset.outbox);
  else forget(form.dataset.keep);
});
