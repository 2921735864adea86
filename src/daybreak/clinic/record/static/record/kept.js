// What stands on a page and is not saved yet. A page with several forms sends one of them; what is typed in the others,
// or before a link is followed, is kept in this tab, for this person, until it is saved or cleared.
// A form takes part with data-keep="a name of its own"; with data-unsaved the server showed it again as it was typed.
"use strict";

const KEPT = `daybreak.kept.${document.body.dataset.user}.`;
const forms = () => [...document.querySelectorAll("form[data-keep]")];
const asServed = new Map();
let sent = null;

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && field.type !== "hidden" && !field.matches("button, .only-open"));
}

function valuesOf(form) {
  return fieldsOf(form).filter((field) => !isTick(field) || field.checked).map((field) => [field.name, field.value]);
}

function isTick(field) {
  return field.type === "radio" || field.type === "checkbox";
}

function isTouched(form) {
  return form.dataset.unsaved !== undefined || JSON.stringify(valuesOf(form)) !== asServed.get(form);
}

function keptOf(name) {
  return JSON.parse(tabStore.get(KEPT + name));
}

// A form that went out is kept too, with its id, until the server says that it has it: sent again, it is saved once.
function keep() {
  for (const form of forms()) {
    const name = form.dataset.keep;
    if (!isTouched(form)) {
      tabStore.remove(KEPT + name);
      continue;
    }
    const here = new Set(fieldsOf(form).map((field) => field.name));
    const elsewhere = (keptOf(name)?.values ?? []).filter(([field]) => !here.has(field)); // asked for again later
    tabStore.set(KEPT + name, JSON.stringify({
      values: [...valuesOf(form), ...elsewhere],
      writeId: form === sent ? form.elements.write_id.value : form.dataset.writeId,
      address: form.dataset.keepAt,
    }));
  }
}

function dropWhatIsSaved() {
  const saved = new URLSearchParams(window.location.search).get("saved");
  for (const key of tabStore.keys(KEPT)) {
    if (saved && JSON.parse(tabStore.get(key)).writeId === saved) tabStore.remove(key);
  }
}

function putBack(form) {
  const kept = keptOf(form.dataset.keep);
  if (!kept || form.dataset.unsaved !== undefined) return;
  for (const field of fieldsOf(form)) {
    const values = kept.values.filter(([name]) => name === field.name).map(([, value]) => value);
    const before = isTick(field) ? field.checked : field.value;
    if (isTick(field)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
    if (before !== (isTick(field) ? field.checked : field.value)) show(field);
  }
  if (!isTouched(form)) return;
  if (kept.writeId) sendAgain(form, kept.writeId);
  say(form);
}

// As it went out before, until a hand changes it: then it is another entry.
function sendAgain(form, id) {
  const ownId = form.elements.write_id.value;
  form.dataset.writeId = id;
  form.elements.write_id.value = id;
  const another = () => {
    delete form.dataset.writeId;
    form.elements.write_id.value = ownId;
  };
  form.addEventListener("input", another, { once: true });
  form.addEventListener("reset", another, { once: true });
}

function show(field) {
  field.closest("details")?.setAttribute("open", "");
  field.closest(".settled")?.classList.remove("settled");
}

function say(form) {
  const line = document.createElement("p");
  line.className = "kept";
  line.setAttribute("role", "status");
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "button plain";
  clear.textContent = "Clear it";
  clear.addEventListener("click", () => {
    tabStore.remove(KEPT + form.dataset.keep);
    form.reset();
    line.remove();
  });
  line.append("Typed before and not saved yet. ", clear);
  const header = form.querySelector(":scope > header");
  if (header) header.after(line);
  else form.prepend(line);
}

// A form that is not on the page now: where it is.
function pointTo(place) {
  const names = tabStore.keys(KEPT + place.dataset.keptElsewhere);
  const absent = names.filter((key) => !forms().some((form) => KEPT + form.dataset.keep === key));
  place.hidden = absent.length === 0;
  for (const key of absent) {
    const link = document.createElement("a");
    link.href = JSON.parse(tabStore.get(key)).address;
    link.textContent = "Go on with it";
    place.append(" ", link);
  }
}

dropWhatIsSaved();
for (const form of forms()) {
  asServed.set(form, JSON.stringify(valuesOf(form)));
  putBack(form);
}
for (const place of document.querySelectorAll("[data-kept-elsewhere]")) pointTo(place);

document.addEventListener("submit", (event) => {
  sent = event.target.matches("form[data-keep]") ? event.target : null;
});
window.addEventListener("pagehide", keep);
window.addEventListener("pageshow", () => { sent = null; });
