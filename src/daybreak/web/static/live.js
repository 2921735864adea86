// A part that renews itself takes only an answer of this server's, and waits for a finger; and the page says since when
// it is not current, whatever stands between it and the server.
"use strict";

const LIVE = "[hx-trigger^=every]";
const SILENT_MS = 6000; // three askings without an answer; ours

const live = {
  answeredAt: performance.now(),

  // Whether the server was not heard of lately: what it would ask is then asked here.
  isSilent() {
    const isSaid = !document.getElementById("connection").hidden;
    return !navigator.onLine || isSaid || performance.now() - this.answeredAt > SILENT_MS;
  },
};

// What is new holds the part that asked for it; where nothing is new, 304 says so. All else is somebody else's answer:
// a proxy's sorry, a page to accept terms on.
function isOurs({ xhr, requestConfig: { elt } }) {
  return xhr.status === 304 || (xhr.status === 200 && xhr.responseText.includes(`id="${elt.id}"`));
}

// A part swapped from under a finger that is down would lose its tap. What came meanwhile comes with the next asking. A
// finger that stays down is no tap, and holds nothing up.
const LONGEST_TAP_MS = 3000;
let downSince = -Infinity;
document.addEventListener("pointerdown", () => (downSince = performance.now()), true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (downSince = -Infinity), true);

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.requestConfig.elt.matches(LIVE)) return;
  if (!isOurs(detail) || performance.now() - downSince < LONGEST_TAP_MS) detail.shouldSwap = false;
});

// Said, not guessed from silence: each asking ends in an answer or, after its timeout, in none.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("#board, #poll")) return;
  const notice = document.getElementById("connection"), wasLost = !notice.hidden;
  notice.hidden = isOurs(detail);
  if (notice.hidden) live.answeredAt = performance.now();
  else if (!wasLost) notice.querySelector("[data-connection-since]").textContent = outbox.clock(Date.now() + outbox.clockOffset);
  if (wasLost && notice.hidden) outbox.send();
});
