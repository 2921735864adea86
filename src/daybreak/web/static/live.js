// A part that renews itself waits for a finger; and the page says since when it is not current, whatever stands between it
// and the server.
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

// A part swapped from under a finger that is down would lose its tap. What came meanwhile comes with the next asking. A
// finger that stays down is no tap, and holds nothing up.
const LONGEST_TAP_MS = 3000;
let downSince = -Infinity;
document.addEventListener("pointerdown", () => (downSince = performance.now()), true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (downSince = -Infinity), true);

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.matches(LIVE) && performance.now() - downSince < LONGEST_TAP_MS) detail.shouldSwap = false;
});

// Said, not guessed from silence: each asking ends in an answer or, after its timeout, in none.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("#board, #poll")) return;
  const notice = document.getElementById("connection"), wasLost = !notice.hidden;
  notice.hidden = isOurs(detail.xhr) && [200, 304].includes(detail.xhr.status);
  if (notice.hidden) live.answeredAt = performance.now();
  else if (!wasLost) notice.querySelector("[data-connection-since]").textContent = outbox.clock(Date.now() + outbox.clockOffset);
  if (wasLost && notice.hidden) outbox.send();
});
