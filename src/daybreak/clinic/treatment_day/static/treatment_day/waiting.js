// What is typed while the network is gone: a dose begun is held against the plan's figures, a set against what can be a
// value, before it is kept; and the page shows what waits on this tablet. The server stays the judge of all of it.
"use strict";

const START = "Dose started", STOP = "Stopped", VALUES = "Values", EARLIER = "Earlier values", RATE = "Pump rate";
const DEVICE = "device"; // what both forms of a device are, carried out once
const PAUSED = "Paused", RESUMED = "Resumed";
const SHOWN_AFTER_MS = 1500; // with a network an entry is gone by then
const FIGURE = /^(0[.,]\d{1,3}|\d{1,4}([.,]\d{1,2})?)$/; // as the server reads one
const NEAR = 0.01; // as the server compares two strengths

// What was typed and is nearer to ten times the plan's figure, or a tenth, than to it, or another strength than is
// expected of the label; `typed` by the names of the boxes.
function unlikePlan(form, typed) {
  const labels = [...document.querySelectorAll(`form[data-outbox="${form}"] [data-label-asks]`)];
  return [...labels.flatMap((box) => unlikeLabel(box, typed.get(box.name)?.trim())), ...unlikeFigures(form, typed)];
}

function unlikeLabel(box, value) {
  if (!value || !box.dataset.labelAsks) return [];
  if (!FIGURE.test(value)) return [unread(box, value)];
  const { known = [], says = "", least = 0, most = Infinity, mg, most_ml: mostMl = Infinity } = JSON.parse(box.dataset.labelAsks);
  const figure = Number(value.replace(",", ".")), ml = mg / figure;
  const isKnown = known.length ? known.some((each) => Math.abs(figure / each - 1) <= NEAR) : figure >= least && figure <= most;
  const hasSlipped = known.length && !isKnown && known.every((each) => Math.round(Math.log10(figure / each)) !== 0);
  return [
    !isKnown && `${nameOf(box)}: ${value} mg/mL was typed. ${says}${hasSlipped ? " The point may have slipped, or it is another container." : ""}`,
    ml > mostMl && `${value} mg/mL makes ${Number(ml.toPrecision(3))} mL: one injection takes ${mostMl} mL.`,
  ].filter(Boolean);
}

function unlikeFigures(form, typed) {
  return [...document.querySelectorAll(`form[data-outbox="${form}"] [data-planned]`)].flatMap((box) => {
    const value = typed.get(box.name)?.trim(), planned = Number(box.dataset.planned), label = nameOf(box);
    if (!value) return [];
    if (!FIGURE.test(value)) return [unread(box, value)];
    const figure = Number(value.replace(",", ".")), powers = Math.round(Math.log10(figure / planned));
    if (powers !== 0) return [`${label}: ${value} was typed, the plan has ${box.dataset.planned}. The point may have slipped.`];
    if (figure <= Number(box.dataset.fastest ?? Infinity)) return [];
    return [`${label}: ${value} is faster than ${box.dataset.fastest}, which a prescriber records first.`];
  });
}

const nameOf = (box) => box.labels[0].textContent;
const unread = (box, value) => `${nameOf(box)}: “${value}” cannot be read as one number. Type it again, as 36.5.`;

// What stands against a start, as the dialog lists it; a question answered on this tablet a moment before, by its answer.
const standing = () => [...document.querySelectorAll("#live-standing li")].map(whyNotYet).filter(Boolean);

function whyNotYet(line) {
  const { check, clears, against } = line.dataset, why = line.querySelector("strong").textContent.trim();
  const answer = answerOf(outbox.entries().filter((entry) => isHereUnsent(entry) && new Map(entry.body).get("about") === check).at(-1));
  if (answer === "unknown") return why.replace(/^Not asked/, "Not known");
  return answer ? [clears, "does_not_apply"].includes(answer) ? "" : against : why;
}

const answerOf = (entry) => new Map(entry?.body).get("answer");

// Asked once, where nobody else can ask; sent again as it stands it is kept, since the pump may run so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (![START, RATE].includes(form.dataset.outbox) && form.dataset.once !== DEVICE || !live.isSilent()) return;
  const refused = refusedHere(form);
  if (!refused) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  sayRefused(form, refused);
}, { capture: true });

function refusedHere(form) {
  if (form.dataset.once === DEVICE) return askedOnce(form, deviceWaits());
  const waits = form.dataset.outbox === START && startThatWaits();
  if (waits) return `A start of ${clockOf(waits)} waits on this tablet, so no second one is kept. Close this; Stop is in reach below.`;
  const odd = unlikePlan(form.dataset.outbox, new FormData(form)), against = form.dataset.outbox === START ? standing() : [];
  if (odd.some((each) => each.includes("cannot be read"))) return odd.join(" ");
  return askedOnce(form, [
    ...against, ...odd,
    ...(odd.length ? [`Look at ${hasPump(form) ? "the pump and at the label" : "the label and the syringe"} now. If it is typed wrongly, type it again. If it ${hasPump(form) ? "runs so, stop it" : "is so, do not give it"}.`] : []),
    ...(against.length ? ["This person may not be dosed yet."] : []),
    ...(odd.length || against.length ? ["If it is done or meant so, write why in at least ten words, and touch the button again. Nothing was kept yet."] : []),
  ].join(" "));
}

const hasPump = (form) => form.dataset.outbox === RATE || Boolean(form.elements.pump_ml_per_h);

function askedOnce(form, question) {
  if (!question || form.dataset.asked === question) return "";
  form.dataset.asked = question;
  return question;
}

function deviceWaits() {
  const kept = outbox.entries().filter((entry) => entry.once === DEVICE && isHereUnsent(entry)).at(-1);
  return kept ? `The device of ${clockOf(kept)} waits on this tablet and is not sent yet. Only if this is another one, its rest over, touch the button again.` : "";
}

// A value nobody can have would be refused with its whole set, when nobody can measure it again; of one beyond the usual
// the page asks once, in the server's words.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (![VALUES, EARLIER].includes(form.dataset.outbox) || !live.isSilent()) return;
  const typed = [...form.querySelectorAll("[data-least]")].filter((box) => box.value.trim());
  const wrong = typed.filter((box) => !canBe(box)), odd = typed.filter(isUnusual);
  const refused = wrong.length ? `${wrong.map(noValue).join(" ")} Nothing was kept yet.` : askedOnce(form, odd.length && `${odd.map(question).join(" ")} ${LOOK}`);
  if (!refused) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  sayRefused(form, refused);
  [...wrong, ...odd][0].focus();
}, { capture: true });

const LOOK = "Look at the person now. If it is so, save it once more; if it is a slip, type it again. Nothing was kept yet.";
const figureOf = (box) => (FIGURE.test(box.value.trim()) ? Number(box.value.replace(",", ".")) : NaN);
const isNoneCounted = (box) => "noneCounted" in box.dataset && figureOf(box) === 0;

function canBe(box) {
  const value = figureOf(box), isWhole = !("whole" in box.dataset) || Number.isInteger(value);
  return isWhole && value >= Number(box.dataset.least) && value <= Number(box.dataset.most);
}

function isUnusual(box) {
  const value = figureOf(box);
  return !isNoneCounted(box) && (value < Number(box.dataset.usualFrom) || value > Number(box.dataset.usualTo));
}

const question = (box) => box.dataset.asks.replace("{}", box.value.trim());

function noValue(box) {
  return `${box.ariaLabel ?? nameOf(box)}: “${box.value}” is no value. Type ${box.dataset.least} to ${box.dataset.most}.`;
}

// Until it is sent, the figures of a start that waits say themselves what is odd about them.
function remarkOfStart(entry) {
  const typed = new Map(entry.body), odd = unlikePlan(START, typed);
  return odd.length ? { acts: true, text: `${odd.join(" ")} Look at the ${typed.has("pump_ml_per_h") ? "pump" : "person and the label"} now.` } : null;
}

const clockOf = (entry) => outbox.clock(new Date(entry.at));

const isHereUnsent = (entry) => !entry.refused && entry.page === window.location.pathname;
const isWaitingHere = (entry) => isHereUnsent(entry) && isOlder(entry, SHOWN_AFTER_MS);

const waitingHere = (form) => outbox.entries().filter((entry) => entry.form === form && isWaitingHere(entry));

function startThatWaits() {
  return waitingHere(START)[0];
}

function sayStartWaits() {
  const start = startThatWaits(), place = document.getElementById("clock-waits");
  if (!place) return;
  const kept = start && waitingHere(STOP).find((entry) => byOrder(start, entry) < 0);
  const stop = kept ?? (start?.stopped && { at: start.stopped });
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
  for (const each of document.querySelectorAll("[data-stop-kept]")) each.hidden = !kept;
}

// A stop goes out before a start the server fails on: the start that waits is one that was stopped.
document.addEventListener("outbox:saved", ({ detail: stop }) => {
  const start = outbox.entries().find((entry) => entry.form === START && isHereUnsent(entry));
  if (start && stop.form === STOP && stop.page === start.page && byOrder(start, stop) < 0) outbox.keep({ ...start, stopped: stop.at });
});

// A device that waits was given: the next is another one.
function sayDeviceWaits() {
  const kept = outbox.entries().filter((entry) => entry.once === DEVICE && isWaitingHere(entry)).at(-1);
  for (const each of document.querySelectorAll("[data-device-waits]")) each.hidden = !kept;
  for (const each of document.querySelectorAll("[data-no-device-waits]")) each.hidden = Boolean(kept);
  for (const each of document.querySelectorAll("[data-device-clock]")) each.textContent = kept ? clockOf(kept) : "";
}

// The pump runs, rests or is stopped as it was touched last, whether the server knows or not.
function sayRunWaits() {
  const reach = document.getElementById("live-reach"), words = document.querySelector("[data-run-words]");
  if (!reach || !words) return;
  const kept = outbox.entries().filter((entry) => [PAUSED, RESUMED, STOP].includes(entry.form) && isWaitingHere(entry)).at(-1);
  const state = kept ? { [PAUSED]: "paused", [RESUMED]: "runs", [STOP]: "stopped" }[kept.form] : reach.dataset.runs;
  for (const form of reach.querySelectorAll("[data-when]")) form.hidden = form.dataset.when !== state;
  const said = document.querySelector("[data-run-waits]");
  words.hidden = Boolean(kept);
  const left = document.querySelector("#live-clock [data-until]"); // none is left of what was stopped
  if (left) left.hidden = state === "stopped";
  said.hidden = !kept;
  said.textContent = kept ? `${kept.form} ${clockOf(kept)}, kept on this tablet, not sent yet.` : "";
}

// A question answered says so in its row, until the server has it: else it is answered again, or taken for unanswered.
function sayAnswersWait() {
  document.querySelectorAll("[data-answer-waits]").forEach((said) => said.remove());
  for (const form of document.querySelectorAll("#live-checks form[data-kind]")) {
    const entry = waitingHere(form.dataset.outbox).at(-1);
    if (!entry) continue;
    const answer = answerOf(entry);
    const touched = form.querySelector(`[name=answer][value="${answer}"]`)?.textContent ?? answer;
    const said = document.createElement("strong");
    said.dataset.answerWaits = "";
    said.textContent = `${touched}, ${clockOf(entry)}: kept on this tablet, not sent yet.`;
    form.append(said);
    document.querySelector(`#live-standing [data-check="${form.elements.about.value}"]`)?.append(" ", said.cloneNode(true));
  }
}

// Beside the buttons: what was touched and has not gone out yet, since the panel that says it may be out of sight; first
// what calls to act.
function sayKeptHere() {
  const place = document.getElementById("kept-here"), count = new Map();
  if (!place) return;
  const waiting = outbox.entries().filter((entry) => isWaitingHere(entry));
  const acts = waiting.map((entry) => outbox.remark(entry)).filter((remark) => remark?.acts).at(-1);
  for (const entry of waiting) count.set(entry.kind ?? entry.form, [...(count.get(entry.kind ?? entry.form) ?? []), clockOf(entry)]);
  const named = [...count].map(([what, clocks]) => (clocks.length > 1 ? `${what} (${clocks.length})` : `${clocks[0]} ${what}`));
  place.hidden = waiting.length === 0;
  place.classList.toggle("act", Boolean(acts));
  place.textContent = waiting.length ? `${acts ? `${acts.text} ` : ""}Kept on this tablet, not sent yet: ${named.join(", ")}.` : "";
}

// The newest value of each sign that no server has, under the row in which the next is typed: there nothing is pushed
// away. What stands as “Now” is then older, and says so.
function sayValuesWait() {
  const row = document.getElementById("values-wait"), waiting = waitingHere(VALUES), newest = waiting.at(-1);
  for (const each of document.querySelectorAll("[data-values-wait]")) each.hidden = !newest;
  for (const each of document.querySelectorAll("[data-no-values-wait]")) each.hidden = Boolean(newest);
  if (!row) return;
  row.hidden = !newest;
  if (!newest) return;
  row.querySelector("[data-wait-ago]").dataset.ago = newest.at;
  const typed = new Map(waiting.flatMap((entry) => entry.body.filter(([, value]) => value).map(([name, value]) => [name, { value, entry }])));
  for (const cell of row.querySelectorAll("[data-vitals]")) {
    const found = cell.dataset.vitals.trim().split(" ").map((vital) => typed.get(vital));
    const older = found.filter((each) => each && each.entry !== newest).at(-1);
    const limits = crossedIn(Object.fromEntries(cell.dataset.vitals.trim().split(" ").map((vital) => [vital, typed.get(vital)?.value])));
    cell.textContent = found.some(Boolean) ? found.map((each) => each?.value ?? "–").join("/") : "–";
    cell.className = limits.length ? `over${limits.some((limit) => limit.acts) ? " act" : ""}` : "";
    if (older) cell.append(Object.assign(document.createElement("small"), { textContent: ` ${clockOf(older.entry)}` }));
  }
}

function sayWhatWaits() {
  sayValuesWait();
  sayStartWaits();
  sayDeviceWaits();
  sayRunWaits();
  sayAnswersWait();
  sayKeptHere();
}

document.addEventListener("outbox:kept", ({ detail: form }) => {
  setTimeout(sayWhatWaits, SHOWN_AFTER_MS + 100);
  if (form.dataset.outbox === START && live.isSilent()) document.getElementById("glance").focus(); // where it counts from now on
});
window.addEventListener("storage", () => setTimeout(sayWhatWaits, SHOWN_AFTER_MS + 100)); // of another tab
document.addEventListener("outbox:shown", sayWhatWaits);
document.addEventListener("htmx:oobAfterSwap", sayWhatWaits);
