// A page that nobody touches locks itself, and whoever locks it need not wait: it is covered at once. The server is told
// first; where it cannot be reached, nobody could prove who they are, so the page stays covered, not locked, and goes on
// by one touch. Once the server is back it is locked, and who signed out meanwhile is signed out.
"use strict";

const LOCK_EVERY_MS = 5000;
const LOCK_WARN_MS = 30000;
const SENT_FIRST_MS = 3000;
const lockScript = document.currentScript.dataset;
const lockAfterMs = Number(lockScript.afterMinutes) * 60000;
const touchedKey = `daybreak.touched.${lockScript.since}`;
const root = document.documentElement;
const title = document.title; // names the person treated, and a window shows it under the lock too

// Shared by all tabs of this sign-in; another sign-in begins anew.
function touched() {
  return Number(tabletStore.get(touchedKey));
}

function touch() {
  if (!("locked" in root.dataset) && Date.now() - touched() > 1000) tabletStore.set(touchedKey, Date.now());
}

function idleCheck() {
  const left = touched() + lockAfterMs - Date.now();
  const warning = document.getElementById("lock-warning");
  warning.hidden = left > LOCK_WARN_MS || left <= 0 || "locked" in root.dataset;
  if ("locked" in root.dataset) return;
  if (!cover.state()) return left <= 0 && lock();
  if (left <= 0) cover.put(cover.state().leaves);
  cover.settle();
}

// What waits to be sent goes out first: it is of the person who still is signed in.
async function lock() {
  await sentFirst();
  document.getElementById("lock-form").requestSubmit();
}

function sentFirst() {
  return typeof outbox === "undefined" ? null : Promise.race([outbox.send(), new Promise((done) => setTimeout(done, SENT_FIRST_MS))]);
}

// Every tab of the browser is one tablet: where another was locked or signed out, the server says so (423, 401).
function askWhetherOpen() {
  if (!("locked" in root.dataset)) htmx.ajax("GET", lockScript.open, { swap: "none" });
}

function hidePage() {
  document.title = "Locked · Daybreak";
  document.querySelectorAll(":popover-open").forEach((open) => open.hidePopover());
  const place = document.getElementById("lock");
  place.hidden = false;
  // A session has its own card in the page; elsewhere it opens beside the page, which keeps what was typed.
  const hasCard = Boolean(document.getElementById("card"));
  place.querySelector("[data-lock-card]").hidden = !hasCard;
  place.querySelector("[data-lock-card-page]")?.toggleAttribute("hidden", hasCard);
  keptHere.say();
  (place.querySelector("[autofocus]") ?? place.querySelector("h1")).focus();
}

function showPage() {
  document.title = title;
  const place = document.getElementById("lock");
  place.hidden = true;
  place.replaceChildren();
  if (document.getElementById("poll")) htmx.trigger("#poll", "refresh");
}

function lockedNow() {
  cover.drop();
  root.dataset.locked = "";
  tabletStore.set("daybreak.locked", Date.now());
  hidePage();
}

function unlockedNow() {
  tabletStore.set(touchedKey, Date.now());
  cover.drop();
  delete root.dataset.locked;
  showPage();
  if (typeof outbox !== "undefined") outbox.send();
}

// All tabs of this sign-in are covered, also one that is opened again. `leaves`: who covered it wanted to sign out;
// `lifted`: when it was lifted and nobody could be asked who did.
const cover = {
  key: `daybreak.cover.${lockScript.since}`,
  settling: false,

  state() {
    return JSON.parse(tabletStore.get(this.key));
  },

  set(state) {
    tabletStore.set(this.key, JSON.stringify({ ...this.state(), ...state }));
    this.show();
  },

  drop() {
    tabletStore.remove(this.key);
    delete root.dataset.covered;
  },

  put(leaves) {
    this.set({ on: true, leaves });
  },

  lift() {
    const lifted = [...(this.state()?.lifted ?? []), new Date().toISOString()];
    this.set({ on: false, leaves: false, lifted });
  },

  show() {
    const state = this.state(), isOn = state?.on === true, place = document.getElementById("lock");
    if (isOn === "covered" in root.dataset || "locked" in root.dataset) return;
    if (!state) return; // another tab is locked by now: this one stays covered until it is, too
    if (!isOn) {
      delete root.dataset.covered;
      return showPage();
    }
    root.dataset.covered = "";
    place.replaceChildren(document.getElementById("cover").content.cloneNode(true));
    place.querySelector("[data-cover-lift]").addEventListener("click", () => this.lift());
    hidePage();
  },

  // No answer of the server: what covered the page for a moment stays, and says how one goes on.
  stay() {
    const place = document.getElementById("lock");
    if (!("covered" in root.dataset)) return;
    place.querySelector("h1").textContent = this.state()?.leaves ? "Not signed out yet" : "Covered, not locked";
    place.querySelector("[data-cover-asks]").hidden = true;
    place.querySelector("[data-cover-leaves]").hidden = !this.state()?.leaves;
    place.querySelector("[data-cover-locks]").hidden = this.state()?.leaves === true;
    place.querySelector("[data-cover-stays]").hidden = false;
  },

  // The server is asked whether it is there, and then told.
  async settle() {
    if (this.settling || "locked" in root.dataset) return;
    this.settling = true;
    try {
      if (!(await isServerThere())) return this.stay();
      await sentFirst();
      const form = document.getElementById("lock-form");
      if (this.state()?.leaves) return document.querySelector("form[data-sign-out]").submit();
      form.elements.lifted.value = this.state()?.lifted?.join(" ") ?? "";
      form.requestSubmit();
    } finally {
      this.settling = false;
    }
  },
};

async function isServerThere() {
  try {
    const answer = await fetch(lockScript.open, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SENT_FIRST_MS) });
    return answer.headers.has(MARK) && answer.status < 500;
  } catch {
    return false;
  }
}

if (!touched()) tabletStore.set(touchedKey, Date.now());
// An unlock is a touch, of the age the server gives it: the two clocks may differ.
const unlockedMs = Date.now() - (Number(lockScript.now) - Number(lockScript.unlockedAt)) * 1000;
if (touched() < unlockedMs) tabletStore.set(touchedKey, unlockedMs);
for (const act of ["pointerdown", "pointermove", "keydown", "wheel", "scroll"]) {
  document.addEventListener(act, touch, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", idleCheck);
document.addEventListener("visibilitychange", () => document.hidden || askWhetherOpen());
window.addEventListener("online", () => cover.state() && cover.settle());
window.addEventListener("pageshow", (event) => event.persisted && (cover.show(), askWhetherOpen())); // by the button "back"
setInterval(idleCheck, LOCK_EVERY_MS);
cover.show();
// This page may have been made just before another tab was locked, and nothing here heard of it.
if (Number(tabletStore.get("daybreak.locked")) > performance.timeOrigin) askWhetherOpen();
document.addEventListener("store:changed", () => cover.show());
idleCheck();

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "lock") lockedNow();
});
document.addEventListener("tablet:unlocked", () => {
  tabletStore.set("daybreak.unlocked", Date.now());
  unlockedNow();
});

// Who locks turns away: nothing is readable from that touch on, whatever the server says, and when.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "lock-form" && !cover.state()?.on) cover.put(false);
});
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr, successful } }) => {
  if (isOurs(xhr) && successful) return;
  if (elt.id === "lock-form") cover.stay();
  else if (elt.matches("#lock form")) sayNoAnswer(elt);
});

// Who wants to go on is not let in by whoever answered, and is told.
function sayNoAnswer(form) {
  form.querySelector(".error-list")?.remove();
  const said = document.createElement("div");
  Object.assign(said, { className: "error-list", role: "alert", textContent: "The server did not answer. Try again in a moment." });
  form.prepend(said);
}

// A locked page asks for nothing; one that the server calls locked locks.
document.addEventListener("htmx:beforeRequest", (event) => {
  if ("locked" in root.dataset && !document.getElementById("lock").contains(event.target)) event.preventDefault();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 423 && isOurs(event.detail.xhr) && !("locked" in root.dataset)) document.getElementById("lock-form").requestSubmit();
});
// Somebody unlocked another tab: this one shows whoever is signed in now. Somebody locked it, or left: so does this one.
window.addEventListener("storage", (event) => {
  if (event.key === cover.key) cover.show();
  if (event.key === "daybreak.locked" || event.key === "daybreak.signed-out") askWhetherOpen();
  if (event.key === "daybreak.unlocked" && ("locked" in root.dataset || "covered" in root.dataset)) window.location.reload();
});
