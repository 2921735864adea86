// What every page needs of a script: the theme, and a sign-in that ran out while a page was open.
"use strict";

const THEMES = ["", "light", "dark"];

function themeNow() {
  const found = document.cookie.match(/(?:^|; )theme=(light|dark)/);
  return found ? found[1] : "";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-next]");
  if (!button) return;
  const next = THEMES[(THEMES.indexOf(themeNow()) + 1) % THEMES.length];
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
});

// Every answer of this server bears its mark. Any other is somebody else's, whatever its status: a proxy's sorry, a page to
// accept terms on. It is shown nowhere, and means nothing.
const MARK = "Daybreak";
const isOurs = (xhr) => xhr.getResponseHeader(MARK) !== null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isOurs(detail.xhr)) detail.shouldSwap = false;
});

// A part of a page that refreshes itself must not go on looking live after sign-out.
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401 && isOurs(xhr)) window.location.reload();
});

// Where the page to sign in is shown nobody is signed in any more: the other tabs ask (tablet/lock.js).
if ("signedOut" in document.body.dataset) tabletStore.set("daybreak.signed-out", Date.now());

// Enter in a field of a form with data-no-enter must not send it by accident.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("form[data-no-enter] input")) event.preventDefault();
});

// A picture wider than its screen opens where the newest stands: at now where it is drawn, else at the last point.
for (const box of document.querySelectorAll(".scroll[data-newest]")) {
  const newest = box.querySelector(".c-now") || [...box.querySelectorAll(".c-point")].pop();
  if (!newest) continue;
  const ahead = box.clientWidth / 4; // what follows it is seen as well
  const right = newest.getBoundingClientRect().right - box.getBoundingClientRect().left + ahead;
  box.scrollLeft = right - box.clientWidth;
}

// A page that refuses something opens where it says why, however far down that stands.
const refused = [...document.querySelectorAll("main .error-list, main .error")].find((said) => said.checkVisibility());
if (refused && !document.querySelector("main [autofocus]")) {
  refused.tabIndex = -1;
  refused.focus();
}
