// A refusal is said in its form. A form with a password (data-direct) is kept on no tablet: it is sent at once, and what
// was chosen and typed in it stays until it is saved.
"use strict";

const NO_NETWORK = "The server could not be reached, and this needs it: a second person proves themselves there, and no PIN "
  + "or password is kept on a tablet. Nothing was recorded. What you typed stays here; send it again when the network is back.";

// Who goes on to another page is not called back by an answer that comes meanwhile.
let isLeaving = false;
window.addEventListener("beforeunload", () => {
  isLeaving = true;
});

// `sentence` may be a list instead (`refusalOf` in outbox.js).
function sayRefused(form, sentence) {
  const said = document.createElement("div");
  Object.assign(said, { className: "notice act", tabIndex: -1 });
  said.append(sentence);
  said.setAttribute("role", "alert");
  said.dataset.refused = "";
  form.querySelector("[data-refused]")?.remove();
  form.prepend(said);
  said.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-direct]")) return;
  event.preventDefault();
  let refused = NO_NETWORK;
  try {
    const response = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
    });
    refused = "The server did not save this. Try again.";
    const said = await response.json();
    if (response.ok) return isLeaving || window.location.assign(said.leads_to ?? window.location.href);
    refused = said.refused ?? refused;
  } catch {
    // said below
  }
  form.querySelector("[type=password]").value = "";
  sayRefused(form, refused);
});
