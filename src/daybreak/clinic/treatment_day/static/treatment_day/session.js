// The session page keeps itself current: clocks tick, and parts are swapped without disturbing who types.
"use strict";

function now() {
  return Date.now() + outbox.clockOffset;
}

let askedAt = 0;
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.id === "poll") askedAt = Date.now();
});

function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const parts = hours ? [hours, minutes, seconds % 60] : [minutes, seconds % 60];
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

// A clock that goes back was set, by whoever or whatever; one that leaps ahead may have slept, which the server tells.
let counted = { wall: Date.now(), page: performance.now() };
function followClock() {
  const back = performance.now() - counted.page - (Date.now() - counted.wall);
  if (back > 1000) outbox.clockOffset += back;
  counted = { wall: Date.now(), page: performance.now() };
}

function tick() {
  followClock();
  const at = now();
  for (const place of document.querySelectorAll("[data-since]")) place.textContent = span(at - Date.parse(place.dataset.since));
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Date.parse(place.dataset.until) - at;
    place.textContent = left >= 60000 ? `${Math.ceil(left / 60000)} min` : left > 0 ? `${Math.ceil(left / 1000)} s` : "0 min";
  }
  for (const place of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(place.dataset.due) - at;
    place.textContent = left >= 0 ? `in ${span(left)}` : `${span(left)} overdue`;
    place.classList.toggle("over", left < 0);
  }
  for (const place of document.querySelectorAll("[data-ago]")) place.textContent = `${span(at - Date.parse(place.dataset.ago))} ago`;
  const clock = outbox.clock(at);
  for (const place of document.querySelectorAll("[data-clock]")) place.textContent = clock;
}

// A part that says the same as before stays; a part in which somebody types or chooses stays until they are done.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const next = fragment.firstElementChild ?? fragment;
  if (inUse(target) || bare(target) === bare(next)) event.detail.shouldSwap = false;
  else if (target.contains(document.activeElement)) focused = target.id;
  if (target.id === "live-sign" && inUse(target)) sayWhatCame(next.querySelector("[name=drafted]")?.value);
});

// A button that did its work may be gone with its part: the keyboard goes on from where it was.
let focused = "";

function focusOn(id) {
  const place = document.getElementById(id);
  if (!place) return;
  if (!place.matches("a, button, input, select, textarea, [tabindex]")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

function inUse(part) {
  const isOwn = (box) => !box.readOnly && box.value !== box.defaultValue && box.value !== putBack;
  if ("ownWords" in part.dataset && [...part.querySelectorAll("textarea")].some(isOwn)) return true;
  const typing = part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  return typing || (part.closest(":popover-open") && part.querySelector("select, textarea, input:not([type=hidden])"));
}

function bare(part) {
  const copy = part.cloneNode(true);
  copy.querySelectorAll("input[type=hidden], [data-refused], [data-not-saved], [data-answer-waits]").forEach((field) => field.remove());
  copy.querySelectorAll("[data-since], [data-until], [data-due], [data-ago], [data-clock]").forEach((place) => {
    place.textContent = "";
    place.classList.remove("over");
  });
  return copy.innerHTML + JSON.stringify(part.dataset);
}

// Who has left is not measured now: from then on a time is asked with its day, also in a dialog that is open.
function sayLeft() {
  const left = document.getElementById("poll").dataset.left;
  for (const place of document.querySelectorAll("[data-left-said]")) place.textContent = left;
  for (const place of document.querySelectorAll("[data-if-here]")) place.hidden = Boolean(left);
  for (const place of document.querySelectorAll("[data-if-left]")) {
    place.hidden = !left;
    place.querySelectorAll("[name=day]").forEach((box) => (box.disabled = !left));
  }
  for (const box of document.querySelectorAll("[data-asked-if-left]")) box.required = Boolean(left);
  document.querySelectorAll("dialog form").forEach(sayThen);
}

// A button that says "now" says another thing once a time is typed.
function sayThen(form) {
  const isThen = Boolean(document.getElementById("poll").dataset.left || form.elements.clock?.value.trim());
  for (const place of form.querySelectorAll("button [data-if-here]")) place.hidden = isThen;
  for (const place of form.querySelectorAll("button [data-if-left]")) place.hidden = !isThen;
}

document.addEventListener("input", (event) => {
  if (event.target.name === "clock") sayThen(event.target.form);
});
document.addEventListener("reset", (event) => setTimeout(sayThen, 0, event.target));

document.addEventListener("htmx:oobAfterSwap", () => {
  sayLeft();
  putTypedBack('form[data-keep^="beside-"]');
  outbox.setClock(document.getElementById("poll").dataset.now, askedAt);
  tick();
});

document.addEventListener("htmx:afterRequest", () => {
  if (focused && document.activeElement === document.body) focusOn(focused);
  focused = "";
  wordsBack();
});

// Where the keyboard goes on after what loads the page again: from the clock, the checks, the note.
const GOES_ON = { start: "glance", mistake: "ck", leave: "nt", note: "nt" };
const AFTER = "daybreak.after";

function goOn() {
  const id = tabStore.get(AFTER);
  tabStore.remove(AFTER);
  if (id) document.getElementById(id)?.focus();
  window.addEventListener("load", () => setTimeout(() => { history.scrollRestoration = "auto"; }));
}

// What is kept in this page alone, nobody may throw away: it goes out first.
let goesOnAt = null;
const endsWithPage = () => TYPED.some((prefix) => tabletStore.endsWithPage(prefix));

document.addEventListener("outbox:saved", (event) => {
  const saved = document.getElementById("saved");
  saved.hidden = !event.detail.said;
  saved.querySelector("p").textContent = event.detail.said ?? "";
  if (event.detail.then === "reload") goesOnAt = GOES_ON[event.detail.once] ?? "";
  if (goesOnAt !== null && !endsWithPage()) {
    tabStore.set(AFTER, goesOnAt);
    history.scrollRestoration = "manual"; // it is shown from there on, not from where the touch was
    window.location.reload();
  }
  else htmx.trigger("#poll", "refresh");
});

// Whole, also where nothing is new: a part in which somebody typed was left as it was when the rest of this came.
function askWhole() {
  const poll = document.getElementById("poll");
  return htmx.ajax("GET", poll.getAttribute("hx-get").split("?")[0], { source: poll, swap: "none" });
}

// A refusal is said where the entry was made: its dialog opens again with what was typed.
document.addEventListener("outbox:refused", (event) => {
  const { url, body, form: made } = event.detail;
  if (OF_THE_NOTE.includes(made)) {
    justRefused = true;
    return askWhole(); // somebody else may have signed: the box for an amendment comes with it
  }
  const row = document.querySelector("form.entry");
  if (row?.action === url && row.dataset.outbox === made) return backInTheRow(row, event.detail);
  const forms = [...document.querySelectorAll("dialog form[data-outbox]")];
  const isOf = (each) => each.action === url && each.dataset.outbox === made;
  const takes = (each) => (event.detail.own?.typed ?? []).every(([name]) => each.elements[name]); // Stop on the card takes no time
  const form = forms.find((each) => isOf(each) && takes(each));
  const other = document.querySelector(":popover-open");
  if (!form || (other && other !== form.closest("dialog"))) return;
  for (const [name, value] of body) {
    const field = form.elements[name];
    if (field?.type !== "hidden" && field?.value === "") field.value = value;
  }
  form.querySelectorAll("[data-or]").forEach(needsOne);
  sayThen(form);
  form.dataset.answers = event.detail.id;
  if (!other) form.closest("dialog").showPopover();
  markBoxes(form, event.detail.boxes);
  sayRefused(form, refusalOf(event.detail));
});

// A note or an amendment that was refused stands in its box again, until it is saved or dismissed. A note that somebody
// else signed first has no box any more: it stands above the amendment as what it is, to be read and taken from.
const OF_THE_NOTE = ["Note signed", "Amendment of the note"];
let putBack = null;
let justRefused = false;

function refusedNotes() {
  const isOwn = (entry) => entry.user === outbox.user && entry.page === window.location.pathname;
  return outbox.entries().filter((entry) => entry.refused && OF_THE_NOTE.includes(entry.form) && isOwn(entry));
}

function wordsBack() {
  const form = document.querySelector("#live-sign form");
  if (!form) return;
  const isLate = (each) => form !== noteForm() && each.form === OF_THE_NOTE[0];
  const note = refusedNotes().filter(isLate).at(-1), entry = refusedNotes().filter((each) => !isLate(each)).at(-1);
  if (note && !form.querySelector("[data-not-saved]")) sayNotSaved(form, note);
  if (!entry || form.elements.words.value !== form.elements.words.defaultValue) return;
  const { words, drafted, although } = Object.fromEntries(entry.body);
  if (form === noteForm() && drafted !== undefined) putNoteBack(words, drafted, although); // with the draft it began from
  else form.elements.words.value = putBack = words;
  form.dataset.answers = entry.id;
  const amounts = form.querySelector("[data-amounts]");
  if (amounts) amounts.hidden = !entry.points?.length; // of a note only amounts typed by hand are told one by one
  sayOfTheNote(form, entry);
}

function sayOfTheNote(form, entry) {
  const at = document.activeElement;
  sayRefused(form, refusalOf(entry));
  if (!justRefused) at.focus({ preventScroll: true });
  justRefused = false;
}

function sayNotSaved(form, entry) {
  const field = Object.assign(document.createElement("div"), { className: "field" });
  const label = document.createElement("label"), words = document.createElement("textarea");
  field.dataset.notSaved = "";
  Object.assign(words, { id: "not-saved-words", rows: 8, readOnly: true });
  words.defaultValue = Object.fromEntries(entry.body).words;
  label.htmlFor = words.id;
  label.textContent = "Your note, not saved. Write below what the signed one lacks";
  field.append(label, words);
  form.prepend(field);
  sayOfTheNote(form, entry);
}

document.addEventListener("outbox:shown", () => {
  if (refusedNotes().length) return;
  putBack = null; // the sentence is dismissed, the words are now their writer's again
  document.querySelectorAll("#live-sign :is([data-not-saved], [data-refused])").forEach((part) => part.remove());
});

// A set refused at once stands in its row again, too; saved then, it leaves the list. Later, or where the next one is
// begun, it stands in the list alone, with its time.
function backInTheRow(row, entry) {
  const boxes = [...row.querySelectorAll("[data-complete]")];
  if (now() - Date.parse(entry.at) > AT_ONCE_MS || boxes.some((box) => box.value)) return;
  for (const box of [...boxes, row.elements.day, row.elements.clock]) {
    box.value = entry.body.find(([name]) => name === box.name)?.[1] ?? box.defaultValue;
    box.dispatchEvent(new InputEvent("input", { bubbles: true })); // so that it is kept
  }
  row.dataset.answers = entry.id;
  markBoxes(row, entry.boxes);
  document.getElementById("outbox").focus(); // the sentence is read before the next figure is typed
}

// Of two boxes that name each other one is enough: a lot, or why there is none. Without a script the server asks.
function needsOne(box) {
  const other = document.getElementById(box.dataset.or);
  box.required = other.required = !box.value.trim() && !other.value.trim();
}

document.querySelectorAll("[data-or]").forEach(needsOne);
document.addEventListener("input", (event) => {
  if (event.target.dataset.or) needsOne(event.target);
});

// A note edited by hand stays as it is: what came since it was drafted is named beside it, to be added or left out. With
// its words goes the draft they began from.
function noteForm() {
  return document.querySelector('form[data-keep="note"]');
}

document.addEventListener("input", (event) => {
  if (event.target.form && event.target.form === noteForm()) keepNote();
});

function keepNote() {
  const { words, drafted } = noteForm().elements;
  tabStore.set(keyOf(words), words.value);
  tabStore.set(keyOf(drafted), drafted.value);
}

let factsNow; // as the server said them last

function sayWhatCame(facts) {
  const form = noteForm();
  if (!form || facts === undefined) return;
  factsNow = facts;
  const { words, drafted, although } = form.elements;
  const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
  const old = new Set(lines(drafted.value)), typed = new Set(lines(words.value)), now = new Set(lines(facts));
  const came = [...now].filter((line) => !old.has(line) && !typed.has(line));
  const gone = [...old].filter((line) => !now.has(line) && words.value.includes(line));
  const place = form.querySelector("[data-came]"), add = place.querySelector("[data-came-add]"), leave = place.querySelector("[data-came-leave]");
  place.hidden = !came.length && !gone.length;
  tell("[data-new]", came);
  tell("[data-gone]", gone);
  add.textContent = gone.length ? "Put in what the record says" : "Add to the note";
  leave.hidden = !came.length;
  add.onclick = () => { // a line its writer added words to stays theirs
    const waiting = [...came];
    const text = words.value.trimEnd().split("\n").flatMap((line) => (gone.includes(line.trim()) ? waiting.splice(0, 1) : [line]));
    settle([...text, ...waiting].join("\n"));
  };
  leave.onclick = () => settle(words.value);
  function tell(part, said) {
    place.querySelectorAll(part).forEach((each) => { each.hidden = !said.length; });
    place.querySelector(`${part} ul`).replaceChildren(...said.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }
  function settle(text) {
    words.value = text;
    drafted.value = [...new Set([...old, ...now])].join("\n"); // what was read; what it no longer says is still asked about
    keepNote();
    sayWhatCame(facts);
    (place.hidden ? words : although).focus();
  }
}

function putNoteBack(words, drafted, although = "") {
  const form = noteForm();
  if (!form || words === undefined || drafted === undefined) return;
  // A form that was not drawn anew since holds what its writer read, and not what the server says.
  const facts = form.elements.drafted.value === drafted ? factsNow ?? drafted : form.elements.drafted.value;
  form.elements.words.value = words;
  form.elements.drafted.value = drafted;
  form.elements.although.value ||= although;
  keepNote();
  sayWhatCame(facts);
}

putTypedBack("form[data-keep]");
if (noteForm()) {
  const { words, drafted } = noteForm().elements;
  const began = tabStore.get(keyOf(drafted));
  if (began !== null && words.value !== words.defaultValue) putNoteBack(words.value, began);
}

// Values that wait on this tablet were held against no limit yet: what they cross is said here until the mark stands.
const CROSSED = {
  at_least: (value, limit) => value >= limit,
  above: (value, limit) => value > limit,
  below: (value, limit) => value < limit,
  at_most: (value, limit) => value <= limit,
};

function crossedIn(typed) {
  const limits = JSON.parse(document.querySelector("[data-marks]")?.dataset.marks ?? "[]"), crossed = new Map();
  for (const limit of limits) { // the gravest first
    const value = typed[limit.vital] ? Number(typed[limit.vital].replace(",", ".")) : NaN;
    if (!crossed.has(limit.vital) && CROSSED[limit.how](value, limit.value)) crossed.set(limit.vital, { ...limit, typed: value });
  }
  return [...crossed.values()];
}

outbox.remark = (entry) => {
  if (entry.form === START) return remarkOfStart(entry);
  if (![VALUES, EARLIER].includes(entry.form)) return null;
  const found = crossedIn(Object.fromEntries(entry.body));
  if (!found.length) return null;
  const acts = found.some((limit) => limit.acts);
  const said = found.map((limit) => limit.says.replace("{}", limit.typed)).join(", ");
  return { acts, text: `Beyond a limit: ${said}. ${acts ? "Act now" : "Look now"}; the mark stands here once this is saved.` };
};
// What one touch recorded is said where the eye is, and can be taken back there; touched again at once, it is said again.
const DONE = document.getElementById("done");
const SAID_MS = 20000;
let closing = 0;
function sayDone(said, takenBack) {
  DONE.querySelector("p").textContent = document.getElementById("done-said").textContent = said;
  DONE.querySelector("form").hidden = !takenBack;
  DONE.querySelector("[name=of]").value = takenBack ?? "";
  DONE.hidden = false;
  clearTimeout(closing);
  closing = setTimeout(closeDone, SAID_MS);
}
function closeDone() {
  if (DONE.matches(":hover, :focus-within")) closing = setTimeout(closeDone, SAID_MS); // somebody is about to touch it
  else DONE.hidden = true;
}
document.addEventListener("outbox:saved", ({ detail: entry }) => {
  if (!DONE || !(entry.say || entry.form === "Taken back") || entry.page !== window.location.pathname) return;
  sayDone(`${entry.form}${entry.form === "Taken back" ? "" : " recorded"}, ${outbox.clock(new Date(entry.at))}.`, entry.takesBack ? entry.id : null);
});
document.addEventListener("outbox:twice", ({ detail: form }) => {
  if (form.dataset.twiceMs && DONE) sayDone(`${form.dataset.outbox} was touched just now: it counts once.`, DONE.querySelector("[name=of]").value || null);
});
document.addEventListener("outbox:kept", ({ detail: form }) => {
  if (!DONE || !("takesBack" in form.dataset)) return;
  DONE.hidden = true; // what it offered to take back was another
  DONE.querySelector("[name=of]").value = "";
});
document.querySelector("#done [data-close]")?.addEventListener("click", () => {
  DONE.hidden = true;
});

outbox.show();

// A set is typed without looking for the next box: a complete value moves on, Enter does too and saves in the last.
function boxAfter(box) {
  const boxes = [...box.form.querySelectorAll("[data-complete]")];
  return boxes[boxes.indexOf(box) + 1];
}

document.addEventListener("input", (event) => {
  const { target: box, inputType } = event;
  if (!box.dataset.complete || inputType !== "insertText") return;
  if (new RegExp(`^(${box.dataset.complete})$`).test(box.value)) boxAfter(box)?.focus();
});

// A low value may still take a figure, 35 become 352: a space or a stroke after it moves on. (A keypad of glass names no key.)
document.addEventListener("beforeinput", (event) => {
  const box = event.target;
  if (!box.dataset?.complete || ![" ", "/"].includes(event.data)) return;
  event.preventDefault();
  if (box.value.trim()) boxAfter(box)?.focus();
});

document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (event.key !== "Enter" || !box.dataset?.complete) return;
  event.preventDefault();
  const next = boxAfter(box);
  if (next) return next.focus();
  const isWhole = box.form.checkValidity(); // of a person who has left, day and time are asked
  box.form.requestSubmit();
  if (isWhole) box.form.querySelector("[data-complete]").focus(); // where the next set begins
});

document.addEventListener("outbox:kept", (event) => {
  const form = event.detail;
  if (form.dataset.keep) forget(form.dataset.keep);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-forget]");
  if (!link) return;
  forget(link.dataset.forget);
  refusedNotes().forEach((entry) => outbox.drop(entry));
});

outbox.setClockByPage(document.getElementById("poll").dataset.now);
wordsBack();
goOn();
tick();
setInterval(tick, 1000);
