// A refusal is said in its form. A form with a password (data-direct) is kept on no tablet: it is sent at once, and what
// was chosen and typed in it stays until it is saved.
"use strict";

const NO_NETWORK = "The server could not be reached, and this needs it: a second person proves themselves there, and no PIN "
  + "or password is kept on a tablet. Nothing was recorded. What you typed stays here; send it again when the network is back.";
const NO_ANSWER = "The server did not answer: it may have recorded this, or not. Send it again as it is: it counts once. Change "
  + "nothing in it before you have seen what the record says.";
const ASKING = "The server is asked.";
const SAID_AFTER_MS = 1500;
const LONGEST_DIRECT_MS = 20000;

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

// Which box it was about is seen at the box, too, until something is typed there.
function markBoxes(form, boxes = {}) {
  for (const [name, sentence] of Object.entries(boxes)) {
    const box = form.elements[name];
    if (!box?.id || box.type === "hidden") continue;
    const said = document.createElement("small");
    Object.assign(said, { className: "error", id: `${box.id}-wrong`, textContent: sentence });
    box.closest("td, .field").append(said);
    box.ariaInvalid = "true";
    box.setAttribute("aria-errormessage", said.id);
  }
}

function unmark(box) {
  if (!box.hasAttribute("aria-invalid")) return;
  document.getElementById(box.getAttribute("aria-errormessage"))?.remove();
  box.removeAttribute("aria-invalid");
  box.removeAttribute("aria-errormessage");
}
document.addEventListener("input", (event) => unmark(event.target));
document.addEventListener("outbox:kept", ({ detail: form }) => [...form.elements].forEach(unmark));

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-direct]")) return;
  event.preventDefault();
  const asking = setTimeout(() => sayRefused(form, ASKING), SAID_AFTER_MS);
  const said = await sentAtOnce(form);
  clearTimeout(asking);
  if (said.saved) return isLeaving || window.location.assign(said.leads_to ?? window.location.href);
  form.querySelector("[type=password]").value = "";
  sayRefused(form, said.refused);
});

// What the server says of it: `saved`, or `refused` with why.
async function sentAtOnce(form) {
  if (!navigator.onLine) return { refused: NO_NETWORK };
  try {
    const response = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LONGEST_DIRECT_MS),
    });
    const said = await response.json();
    if (said.saved === form.elements.write_id.value || said.refused) return said;
  } catch {
    // no answer of the server
  }
  return { refused: NO_ANSWER };
}
