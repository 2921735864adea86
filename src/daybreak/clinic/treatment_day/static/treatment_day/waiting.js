// What is typed while the network is gone: a dose begun is held against the plan's figures, a set against what can be a
// value, before it is kept; and the page shows what waits on this tablet. The server stays the judge of all of it.
"use strict";

const START = "Dose started", STOP = "Stopped", VALUES = "Values";
const SHOWN_AFTER_MS = 1500; // with a network an entry is gone by then
const FIGURE = /^(0[.,]\d{1,3}|\d{1,4}([.,]\d{1,2})?)$/; // as the server reads one
const isOffline = () => !navigator.onLine || !document.getElementById("connection").hidden;

// What was typed and is nearer to ten times the plan's figure, or a tenth, than to it; `typed` by the names of the boxes.
function unlikePlan(typed) {
  return [...document.querySelectorAll(`form[data-outbox="${START}"] [data-planned]`)].flatMap((box) => {
    const value = typed.get(box.name)?.trim(), planned = Number(box.dataset.planned), label = box.labels[0].textContent;
    if (!value) return [];
    if (!FIGURE.test(value)) return [`${label}: “${value}” cannot be read as one number. Type it again, as 36.5.`];
    const powers = Math.round(Math.log10(Number(value.replace(",", ".")) / planned));
    return powers === 0 ? [] : [`${label}: ${value} was typed, the plan has ${box.dataset.planned}. The point may have slipped.`];
  });
}

// Asked once, where nobody else can ask; sent again as it stands it is kept, since the pump may run so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.outbox !== START || !isOffline()) return;
  const waits = startThatWaits(), odd = waits ? [] : unlikePlan(new FormData(form)), asked = odd.join(" ");
  if (!waits && (!asked || (asked === form.dataset.asked && !asked.includes("cannot be read")))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.dataset.asked = asked;
  sayRefused(form, waits
    ? `A start of ${clockOf(waits)} waits on this tablet, so no second one is kept. Close this; Stop is in reach below.`
    : `${asked} Look at the pump and at the label now. If it is typed wrongly, type it again. If it runs so, stop it; if it is `
      + "meant so, write why in at least ten words, and touch Start now again. Nothing was kept yet.");
}, { capture: true });

// A value nobody can have would be refused with its whole set, when nobody can measure it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.outbox !== VALUES || !isOffline()) return;
  const wrong = [...form.querySelectorAll("[data-least]")].filter((box) => box.value.trim() && !canBe(box));
  if (!wrong.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const said = wrong.map((box) => `${box.ariaLabel}: “${box.value}” is no value. Type ${box.dataset.least} to ${box.dataset.most}.`);
  sayRefused(form, `${said.join(" ")} Nothing was kept yet.`);
  wrong[0].focus();
}, { capture: true });

function canBe(box) {
  const value = FIGURE.test(box.value.trim()) ? Number(box.value.replace(",", ".")) : NaN;
  return value >= Number(box.dataset.least) && value <= Number(box.dataset.most);
}

// Until it is sent, the figures of a start that waits say themselves what is odd about them.
function remarkOfStart(entry) {
  const odd = unlikePlan(new Map(entry.body));
  return odd.length ? { acts: true, text: `${odd.join(" ")} Look at the pump now.` } : null;
}

const clockOf = (entry) => outbox.clock(new Date(entry.at));

function isWaitingHere(entry) {
  return !entry.refused && entry.page === window.location.pathname && Date.now() - entry.kept > SHOWN_AFTER_MS;
}

const waitingHere = (form) => outbox.entries().filter((entry) => entry.form === form && isWaitingHere(entry));

function startThatWaits() {
  return waitingHere(START)[0];
}

function sayStartWaits() {
  const start = startThatWaits(), place = document.getElementById("clock-waits");
  if (!place) return;
  const stop = start && waitingHere(STOP).find((entry) => entry.kept > start.kept);
  for (const each of document.querySelectorAll("[data-start-waits]")) each.hidden = !start;
  for (const each of document.querySelectorAll("[data-no-start-waits]")) each.hidden = Boolean(start);
  for (const each of document.querySelectorAll("[data-stop-waits]")) each.hidden = !stop;
  if (!start) return;
  const since = place.querySelector("time");
  if (stop) delete since.dataset.since;
  else since.dataset.since = start.at;
  if (stop) since.textContent = span(Date.parse(stop.at) - Date.parse(start.at));
  for (const each of document.querySelectorAll("[data-start-clock]")) each.textContent = clockOf(start);
  for (const each of document.querySelectorAll("[data-stop-clock]")) each.textContent = stop ? clockOf(stop) : "";
}

// A question answered says so in its row, until the server has it: else it is answered again, or taken for unanswered.
function sayAnswersWait() {
  document.querySelectorAll("[data-answer-waits]").forEach((said) => said.remove());
  for (const form of document.querySelectorAll("#live-checks form[data-kind]")) {
    const entry = waitingHere(form.dataset.outbox).at(-1);
    if (!entry) continue;
    const answer = new Map(entry.body).get("answer");
    const touched = form.querySelector(`[name=answer][value="${answer}"]`)?.textContent ?? answer;
    const said = document.createElement("strong");
    said.dataset.answerWaits = "";
    said.textContent = `${touched}, ${clockOf(entry)}: kept on this tablet, not sent yet.`;
    form.append(said);
  }
}

// Beside the buttons: what was touched and has not gone out yet, since the panel that says it may be out of sight; first
// what calls to act.
function sayKeptHere() {
  const place = document.getElementById("kept-here"), count = new Map();
  if (!place) return;
  const waiting = outbox.entries().filter((entry) => isWaitingHere(entry));
  const acts = waiting.map((entry) => outbox.remark(entry)).filter((remark) => remark?.acts).at(-1);
  for (const { kind, form } of waiting) count.set(kind ?? form, (count.get(kind ?? form) ?? 0) + 1);
  const named = [...count].map(([what, times]) => (times > 1 ? `${what} (${times})` : what));
  place.hidden = waiting.length === 0;
  place.classList.toggle("act", Boolean(acts));
  place.textContent = waiting.length ? `${acts ? `${acts.text} ` : ""}Kept on this tablet, not sent yet: ${named.join(", ")}.` : "";
}

function sayWhatWaits() {
  sayStartWaits();
  sayAnswersWait();
  sayKeptHere();
}

document.addEventListener("outbox:kept", ({ detail: form }) => {
  setTimeout(sayWhatWaits, SHOWN_AFTER_MS + 100);
  if (form.dataset.outbox === START && isOffline()) document.getElementById("glance").focus(); // where it counts from now on
});
document.addEventListener("outbox:shown", sayWhatWaits);
document.addEventListener("htmx:oobAfterSwap", sayWhatWaits);
