// What is kept on this tablet and no server has yet, by whose it is: numbers and names. Every page may say it, the page
// to sign in too, so it names no person treated and no figure.
"use strict";

const keptHere = {
  // Of whom, and what: "waits" to be sent, "refused" and to be read, "typed" and not saved.
  all() {
    const what = { "daybreak.outbox.": (each) => (each.refused ? "refused" : "waits"), "daybreak.unsaved.": () => "typed" };
    return Object.entries(what).flatMap(([prefix, kind]) => tabletStore.all(prefix).map((each) => ({ ...each, what: kind(each) })));
  },

  of(user) {
    return this.all().filter((each) => each.user === user);
  },

  words(each) {
    const count = (what) => each.filter((one) => one.what === what).length;
    const [waits, refused, typed] = ["waits", "refused", "typed"].map(count);
    return [
      waits && `${waits} ${waits === 1 ? "entry" : "entries"} not sent yet`,
      refused && `${refused} not saved and to be read`,
      typed && `${typed} ${typed === 1 ? "set" : "sets"} of values typed and not saved`,
    ].filter(Boolean).join(", ");
  },

  // Where it is said whose entries wait here: at the lock, and where somebody signs in.
  say() {
    const all = this.all(), names = [...new Set(all.map((each) => each.userName))];
    const said = names.map((name) => `${name}: ${this.words(all.filter((each) => each.userName === name))}`);
    for (const place of document.querySelectorAll("[data-kept-here]")) {
      place.hidden = said.length === 0;
      place.textContent = said.length ? `Kept on this tablet. ${said.join(". ")}. What waits goes out when the same person is back here.` : "";
    }
  },
};

keptHere.say();
document.addEventListener("store:changed", () => keptHere.say());
