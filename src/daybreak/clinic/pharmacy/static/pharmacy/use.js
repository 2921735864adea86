// The drug account of one treatment day. What is drawn goes through the outbox; what was refused stands in
// its form again, and the account is shown anew once everything is saved.
"use strict";

const AS_JUST_NOW_MS = 60000;

outbox.setClockByPage(document.getElementById("account").dataset.now);

function formOf(entry) {
  const forms = [...document.querySelectorAll("form[data-outbox]")];
  return forms.find((form) => form.action === entry.url && form.dataset.outbox === entry.form);
}

function isTyped(field) {
  if (field.type === "hidden") return false;
  if (field.options) return ![...field.options].some((option) => option.selected && option.defaultSelected) && field.selectedIndex > 0;
  return field.value !== field.defaultValue;
}

function somethingIsTyped(within) {
  return [...within.querySelectorAll("form :is(input, select)")].some(isTyped);
}

document.addEventListener("outbox:saved", ({ detail: entry }) => {
  if (!formOf(entry) || outbox.sendable().length) return;
  if (!isLeaving && !somethingIsTyped(document)) return window.location.assign(window.location.pathname); // from its top
  const saved = document.getElementById("saved");
  formOf(entry).after(saved); // at the button: in view of whoever drew
  saved.hidden = false;
  saved.querySelector("p").textContent = `${entry.said ?? ""} The account below is from before it: load the page again to see it.`;
});

document.addEventListener("outbox:refused", ({ detail: entry }) => {
  const form = formOf(entry);
  if (!form || somethingIsTyped(form)) return;
  for (const [name, value] of entry.body) {
    const field = form.elements[name];
    if (field && field.type !== "hidden" && name !== "at") field.value = value;
  }
  // Sent again later, it still is of when it was typed.
  if (Date.now() - entry.kept > AS_JUST_NOW_MS) form.elements.at.value = asTyped(entry.body.find(([name]) => name === "at")[1]);
  form.dataset.answers = entry.id;
  sayRefused(form, refusalOf(entry));
});

// The answer stands at the top of the page. Read out and in view it is only once it has the focus.
document.addEventListener("DOMContentLoaded", () => {
  const said = document.querySelector("#main > .notice[role=status]:not([id])");
  if (!said) return;
  said.tabIndex = -1;
  said.focus();
});

// A moment as a box for day and time takes it, by the clinic's clock.
function asTyped(moment) {
  if (!moment.endsWith("Z")) return moment;
  const said = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: CLINIC_ZONE });
  return said.format(Date.parse(moment)).replace(" ", "T"); // Sweden writes 2026-05-04 09:30
}
