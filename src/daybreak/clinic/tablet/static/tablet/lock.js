// A page that nobody touches locks itself: the server is told first, then everything is hidden but the lock. Without a
// network nothing locks, since nobody could unlock it; the page locks when the network is back.
"use strict";

const LOCK_EVERY_MS = 5000;
const LOCK_WARN_MS = 30000;
const lockScript = document.currentScript.dataset;
const lockAfterMs = Number(lockScript.afterMinutes) * 60000;
const touchedKey = `daybreak.touched.${lockScript.since}`;
const root = document.documentElement;

// Shared by all tabs of this sign-in; another sign-in begins anew.
function touched() {
  return Number(localStorage.getItem(touchedKey));
}

function touch() {
  if (!("locked" in root.dataset) && Date.now() - touched() > 1000) localStorage.setItem(touchedKey, Date.now());
}

function idleCheck() {
  const left = touched() + lockAfterMs - Date.now();
  const warning = document.getElementById("lock-warning");
  warning.hidden = left > LOCK_WARN_MS || left <= 0 || "locked" in root.dataset;
  if (left <= 0 && !("locked" in root.dataset)) lock();
}

// What waits to be sent goes out first: it is of the person who still is signed in.
async function lock() {
  if (typeof outbox !== "undefined") await Promise.race([outbox.send(), new Promise((done) => setTimeout(done, 3000))]);
  document.getElementById("lock-form").requestSubmit();
}

// Every tab of the browser is one tablet: where another was locked or signed out, the server says so (423, 401).
function askWhetherOpen() {
  if (!("locked" in root.dataset)) htmx.ajax("GET", lockScript.open, { swap: "none" });
}

function lockedNow() {
  root.dataset.locked = "";
  localStorage.setItem("daybreak.locked", Date.now());
  document.querySelectorAll(":popover-open").forEach((open) => open.hidePopover());
  const place = document.getElementById("lock");
  place.hidden = false;
  // A session has its own card in the page; elsewhere it opens beside the page, which keeps what was typed.
  const hasCard = Boolean(document.getElementById("card"));
  place.querySelector("[data-lock-card]").hidden = !hasCard;
  place.querySelector("[data-lock-card-page]")?.toggleAttribute("hidden", hasCard);
  (place.querySelector("[autofocus]") ?? place.querySelector("h1")).focus();
}

function unlockedNow() {
  localStorage.setItem(touchedKey, Date.now());
  delete root.dataset.locked;
  const place = document.getElementById("lock");
  place.hidden = true;
  place.replaceChildren();
  if (document.getElementById("poll")) htmx.trigger("#poll", "refresh");
  if (typeof outbox !== "undefined") outbox.send();
}

if (!touched()) localStorage.setItem(touchedKey, Date.now());
// An unlock is a touch, of the age the server gives it: the two clocks may differ.
const unlockedMs = Date.now() - (Number(lockScript.now) - Number(lockScript.unlockedAt)) * 1000;
if (touched() < unlockedMs) localStorage.setItem(touchedKey, unlockedMs);
for (const act of ["pointerdown", "pointermove", "keydown", "wheel", "scroll"]) {
  document.addEventListener(act, touch, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", idleCheck);
document.addEventListener("visibilitychange", () => document.hidden || askWhetherOpen());
setInterval(idleCheck, LOCK_EVERY_MS);
idleCheck();

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "lock") lockedNow();
});
document.addEventListener("tablet:unlocked", () => {
  localStorage.setItem("daybreak.unlocked", Date.now());
  unlockedNow();
});

// A locked page asks for nothing; one that the server calls locked locks.
document.addEventListener("htmx:beforeRequest", (event) => {
  if ("locked" in root.dataset && !document.getElementById("lock").contains(event.target)) event.preventDefault();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 423 && !("locked" in root.dataset)) document.getElementById("lock-form").requestSubmit();
});
// Somebody unlocked another tab: this one shows whoever is signed in now. Somebody locked it, or left: so does this one.
window.addEventListener("storage", (event) => {
  if (event.key === "daybreak.locked" || event.key === "daybreak.signed-out") askWhetherOpen();
  if (event.key === "daybreak.unlocked" && "locked" in root.dataset) window.location.reload();
});
