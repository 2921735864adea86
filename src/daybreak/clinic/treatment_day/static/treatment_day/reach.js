// The bar at the foot of a session, and the dialogs above it.
"use strict";

// A dialog leaves the bar in reach below it, however tall the bar is and wherever on the page it stands: also one that a
// refusal opens again, when whoever typed has turned to the person. By keyboard nothing else is met until it is closed.
const BAR = document.querySelector(".reach");
function leaveReach() {
  if (BAR) document.documentElement.style.setProperty("--reach", `${Math.ceil(window.innerHeight - BAR.getBoundingClientRect().top)}px`);
}
if (BAR) new ResizeObserver(leaveReach).observe(BAR);
window.addEventListener("scroll", leaveReach, { passive: true });
window.addEventListener("resize", leaveReach);
document.addEventListener("beforetoggle", leaveReach, { capture: true });

function behind(isInert) {
  for (const part of document.querySelectorAll("body > :not(dialog, .reach, #lock, .toast)")) part.inert = isInert;
}
document.addEventListener("beforetoggle", (event) => {
  if (event.newState === "closed") behind(false); // or the keyboard could not go back to where it was
}, { capture: true });
document.addEventListener("toggle", () => behind(document.querySelector("dialog:popover-open") !== null), { capture: true });

// What a dialog has no room for stands below its edge, and a tablet shows no bar beside it: the dialog says so.
function sayMore() {
  const shown = document.querySelector("dialog:popover-open");
  if (shown) shown.toggleAttribute("data-more", shown.scrollTop + shown.clientHeight < shown.scrollHeight - 8);
}
for (const event of ["toggle", "scroll"]) document.addEventListener(event, sayMore, { capture: true, passive: true });
window.addEventListener("resize", sayMore);
document.addEventListener("htmx:afterSettle", sayMore);
