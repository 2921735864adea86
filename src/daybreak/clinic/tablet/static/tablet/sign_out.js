// Who signs out while something of theirs waits on this tablet is told first; who does so without a network leaves the
// page covered, and is signed out once the server is back.
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-sign-out]")) return;
  event.preventDefault();
  if (!(await isServerThere())) {
    cover.put(true);
    return cover.stay();
  }
  await sentFirst();
  const own = keptHere.of(document.body.dataset.user);
  if (!own.length) return form.submit();
  document.querySelector("[data-own-kept]").textContent = keptHere.words(own);
  document.getElementById("sign-out-waits").showPopover();
});

document.querySelector("[data-sign-out-all-the-same]")?.addEventListener("click", () => {
  document.querySelector("form[data-sign-out]").submit();
});
