// The outbox: every entry of a session, and of its drug account, is kept on this tablet before it is sent, and until the
// server has it.
// A form with data-outbox goes through here; without this script it is sent as any form.
"use strict";

const PREFIX = "daybreak.outbox.";
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30000;
// From then on, or once it was tried and no server answered, an entry waited: the page said that it is kept, who typed it
// has turned to the person, and what it tells of is done.
const WAITED_MS = 10000;

const CLOCK_SET_MS = 60000; // a clock that differs by more from what it was has been set; ours
const CLOCK_BEGAN = Date.now() - performance.now(); // moves where the clock is set, and while a tablet sleeps
// A server that takes a request and never answers must not hold up what waits behind it.
const LONGEST_ANSWER_MS = 30000;
// What becomes of an entry that is tried: done with; to be tried again before what is behind it; or after it.
const NO_ANSWER_AT_ALL = 0;
const SETTLED = "settled", WAITS = "waits", PASSED = "passed";
const GONE_WITH_PAGE = ". This browser has no room to keep them: they are only in this page, so leave it open until they are sent";

const CLINIC_ZONE = document.documentElement.dataset.timeZone || "UTC";
const BY_THE_CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const clinicClock = new Intl.DateTimeFormat("en-GB", { ...BY_THE_CLOCK, timeZone: CLINIC_ZONE });

const outbox = {
  user: document.body.dataset.user,
  wait: FIRST_WAIT_MS,
  timer: 0,
  trouble: "",
  // What the page has to say of an entry that waits: { acts, text } or null; the page's own script sets it.
  remark: () => null,
  // How far the server's clock is ahead of this tablet's; the page's own script sets it.
  clockOffset: 0,

  // The server made this between the asking and the coming. What is known of its clock stands within these bounds: the way
  // may have taken long, in either direction.
  setClock(made, asked, came = Date.now()) {
    const at = Date.parse(made);
    this.clockOffset = Math.max(at - came, Math.min(this.clockOffset, at - asked));
  },

  // The same of the page itself, whose scripts may have come much later.
  setClockByPage(made) {
    const { requestStart = 0, responseStart = performance.now() } = performance.getEntriesByType("navigation")[0] ?? {};
    const then = (mark) => Date.now() - (performance.now() - mark);
    this.setClock(made, then(requestStart), then(responseStart));
  },

  // A moment by the clinic's clock, whatever zone this tablet is set to.
  clock: (at) => clinicClock.format(at),

  entries() {
    return tabletStore.all(PREFIX).sort(byOrder);
  },

  keep(entry) {
    tabletStore.set(PREFIX + entry.id, JSON.stringify(entry));
    this.show();
  },

  drop(entry) {
    tabletStore.remove(PREFIX + entry.id);
    this.show();
  },

  // What waits to be sent by the person signed in; what was refused waits to be read.
  sendable() {
    return this.entries().filter((entry) => entry.user === this.user && !entry.refused);
  },

  // One after the other in the order of entry, and in one tab at a time.
  send() {
    if (!this.user) return Promise.resolve();
    const work = () => this.sendAll();
    return navigator.locks ? navigator.locks.request("daybreak-outbox", work) : work();
  },

  async sendAll() {
    clearTimeout(this.timer);
    if (Math.abs(Date.now() - performance.now() - CLOCK_BEGAN) > CLOCK_SET_MS) await this.readClock();
    let isToTryAgain = false;
    for (const { id } of this.inTurn()) {
      const waiting = this.entries().find((entry) => entry.id === id); // as it is by now
      if (!waiting) continue;
      const became = await this.sendOne(this.putRight(waiting));
      if (became === SETTLED) this.wait = FIRST_WAIT_MS;
      else isToTryAgain = true;
      if (became === WAITS) break;
    }
    if (!isToTryAgain) return;
    this.timer = setTimeout(() => this.send(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  },

  // What was turned away twice holds nothing up: it is tried last, and all else goes out in its order. (Once may be a
  // moment's trouble. The record reads by the time of each, so a start that comes after its stop is still ended by it.)
  inTurn() {
    const all = this.sendable();
    return [...all.filter((entry) => !isHeld(entry)), ...all.filter(isHeld)];
  },

  // Any answer of the server has its time. (Which page is shown does not matter to it.)
  async readClock() {
    try {
      const answer = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
      const offset = Date.parse(answer.headers.get("Date")) - Date.now();
      if (Math.abs(offset - this.clockOffset) > CLOCK_SET_MS) this.clockOffset = offset;
    } catch {
      // no server, no time: the entries wait on
    }
  },

  // This tablet's clock was set while it had no network: what was typed after that bears a wrong time. Whether it was
  // before or after is told by how long the page counted meanwhile.
  putRight(entry) {
    const set = this.clockOffset - (entry.offset ?? this.clockOffset);
    if (Math.abs(set) <= CLOCK_SET_MS || entry.ownTime || entry.opened !== performance.timeOrigin) return entry;
    const unlike = Date.now() - entry.kept - (performance.now() - entry.counted);
    if (Math.abs(unlike + set) < Math.abs(unlike)) return entry; // typed before
    const at = new Date(Date.parse(entry.at) + set).toISOString();
    const right = { ...entry, at, offset: this.clockOffset, body: entry.body.map(([name, value]) => [name, name === "at" ? at : value]) };
    this.keep(right);
    return right;
  },

  // Settled is an entry that is saved, or refused in Daybreak's own words: a filter or a proxy on the way answers 403 and
  // 404, too.
  async sendOne(entry) {
    const waited = Boolean(entry.failed) || isOlder(entry, WAITED_MS);
    let response;
    try {
      response = await fetch(entry.url, {
        method: "POST",
        body: new URLSearchParams(entry.body),
        signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
        headers: {
          Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Typed-By": entry.user,
          "X-Waited": waited ? "1" : "",
        },
      });
      const said = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json().catch(() => ({})) : {};
      this.trouble = said.trouble ? ` The server says: ${said.trouble}` : "";
      if (response.ok && said.saved === entry.id) return this.saved({ ...entry, said: said.said });
      if (said.refused) return this.refuse({ ...entry, waited, isClosed: response.status === 403 || response.status === 404 }, said);
      if (isAboutIt(response)) return this.turnedAway(entry, response.status);
      this.show();
    } catch (error) {
      this.trouble = "";
      if (error.name === "TimeoutError") return this.turnedAway({ ...entry, failed: true }, NO_ANSWER_AT_ALL);
      if (!entry.failed) this.keep({ ...entry, failed: true });
    }
    return WAITS;
  },

  turnedAway(entry, status) {
    if (!entry.turnedAway) this.wait = FIRST_WAIT_MS;
    const tried = { ...entry, status, turnedAway: (entry.turnedAway ?? 0) + 1 };
    this.keep(tried);
    return isHeld(tried) ? PASSED : WAITS;
  },

  saved(entry) {
    this.drop(entry);
    // One that is saved answers every refusal before it that was read at once in the same form; what waited was done.
    this.dropAnswered(entry, (earlier) => entry.once && earlier.once === entry.once && earlier.url === entry.url && !earlier.waited);
    document.dispatchEvent(new CustomEvent("outbox:saved", { detail: entry }));
    return SETTLED;
  },

  refuse(entry, { refused: sentence, lead, points, boxes }) {
    const refused = { ...entry, refused: sentence, lead, points, boxes };
    this.dropAnswered(entry);
    this.keep(refused);
    document.dispatchEvent(new CustomEvent("outbox:refused", { detail: refused }));
    return SETTLED;
  },

  // The refusals before this entry to which it is the answer: what was refused stood in the form it comes from, or it
  // is the same thing with all that was typed then. Whatever else was typed stays until it is read and dismissed.
  dropAnswered(entry, isDone = () => false) {
    for (const earlier of this.entries()) {
      if (!earlier.refused || earlier.user !== entry.user || earlier.id === entry.id) continue;
      if (earlier.id === entry.answers || isSame(entry, earlier) || isDone(earlier)) this.drop(earlier);
    }
  },

  // What was refused stands on the page it is about, and on no other: nobody reads one person's dose on another's page.
  shown() {
    return this.entries().filter((entry) => !entry.refused || isHere(entry));
  },

  // Where else something of this user waits to be read: the addresses alone.
  elsewhere() {
    const away = this.entries().filter((entry) => entry.refused && entry.user === this.user && !isHere(entry));
    return [...new Set(away.map((entry) => entry.page))];
  },

  // The server knows nothing of it, and what closed it may be open by now.
  sendAgain({ refused, lead, points, boxes, isClosed, ...entry }) {
    this.keep(entry);
    document.getElementById("outbox").focus();
    this.send();
  },

  show() {
    const entries = this.shown();
    const refused = entries.filter((entry) => entry.refused).length;
    const waiting = entries.length - refused;
    for (const place of document.querySelectorAll("[data-waiting]")) {
      place.textContent = `${waiting} ${waiting === 1 ? "entry" : "entries"} waiting to be sent.`;
    }
    const panel = document.getElementById("outbox");
    if (!panel) return this.showShort();
    const elsewhere = this.elsewhere();
    const acts = (entry) => !entry.refused && this.remark(entry)?.acts;
    panel.hidden = entries.length === 0 && elsewhere.length === 0;
    panel.classList.toggle("act", entries.some(acts));
    const theirs = entries.filter((entry) => !entry.refused && entry.user !== this.user).length;
    panel.querySelector("[data-outbox-state]").textContent = stateWords(waiting, refused, theirs, entries.filter(isTurnedAway).length) || "Not saved on another page";
    if (tabletStore.endsWithPage(PREFIX)) panel.querySelector("[data-outbox-state]").append(GONE_WITH_PAGE);
    const byUrgency = [...entries.filter(acts), ...entries.filter((entry) => !acts(entry))];
    const lines = [...byUrgency.map((entry) => this.line(entry)), ...elsewhere.map(lineElsewhere)];
    panel.querySelector("[data-outbox-list]").replaceChildren(...lines);
    document.dispatchEvent(new CustomEvent("outbox:shown", { detail: panel }));
  },

  // On a page that is about something else: that something of one's own waits, or waits to be read.
  showShort() {
    const place = document.getElementById("outbox-short"), waiting = this.sendable().length, elsewhere = this.elsewhere();
    if (!place) return;
    place.hidden = !waiting && !elsewhere.length;
    place.textContent = waiting ? `${stateWords(waiting, 0, 0, this.sendable().filter(isTurnedAway).length)}. ` : "";
    if (elsewhere.length) place.append(...lineElsewhere(elsewhere[0]).childNodes);
  },

  // What is dismissed stands nowhere any more, so the first touch only asks.
  dismiss(entry, button) {
    if (!("asked" in button.dataset)) {
      button.dataset.asked = "";
      button.textContent = "Dismiss for good? Touch again";
      button.removeAttribute("aria-label");
      return;
    }
    this.drop(entry);
    document.getElementById("outbox").focus(); // the keyboard goes on from here
  },

  line(entry) {
    const item = document.createElement("li");
    const time = this.clock(new Date(entry.at));
    const wait = entry.refused ? "" : ", who has to sign in for it to go out";
    const theirs = entry.user !== this.user ? ` Typed by ${entry.userName}${wait}.` : "";
    // Of another person's page: whose, before anything else is read.
    if (entry.page && entry.page !== window.location.pathname) {
      const whose = document.createElement("strong");
      whose.textContent = `${entry.about}: `;
      item.append(whose);
    }
    item.append(`${time} ${entry.label}. `, entry.refused ? refusalOf(entry) : `Not sent yet${whyNot(entry)}.`, theirs);
    const remark = entry.refused ? null : this.remark(entry);
    if (remark) {
      const words = document.createElement("strong");
      words.className = remark.acts ? "over act" : "over";
      words.textContent = remark.text;
      item.append(" ", words);
    }
    const named = `${time} ${entry.form}`;
    if (entry.isClosed && !theirs) item.append(" ", buttonOf("Send again", named, () => this.sendAgain(entry)));
    if (entry.refused && !theirs) item.append(" ", buttonOf("Dismiss", named, (button) => this.dismiss(entry, button)));
    return item;
  },
};

function buttonOf(does, named, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button plain", textContent: does, ariaLabel: `${does} ${named}` });
  button.addEventListener("click", () => act(button));
  return button;
}

// Nobody is signed in, the tablet is locked, the server is busy or away: so it is for every entry. Any other answer may be
// about this one alone.
const ABOUT_ALL = [401, 423, 429, 502, 503, 504];
const isAboutIt = (response) => !response.redirected && !ABOUT_ALL.includes(response.status);
const isTurnedAway = (entry) => Boolean(entry.turnedAway) && !entry.refused;
const isHeld = (entry) => isTurnedAway(entry) && entry.turnedAway > 1;

function whyNot(entry) {
  if (!isTurnedAway(entry)) return "";
  const why = entry.status === NO_ANSWER_AT_ALL ? "no answer came"
    : entry.status >= 500 ? "the server made an error with it. Tell whoever runs the server"
    : "something between this tablet and the server answered in its place. Tell whoever looks after the network";
  return `: ${why}. It is kept here and tried again`;
}

// In the order of entry, whatever the clock was set to meanwhile. (An older version kept them without a number.)
function byOrder(a, b) {
  return (a.order ?? 0) - (b.order ?? 0) || a.kept - b.kept;
}

// A clock that was set back makes nothing young again.
function isOlder({ kept }, span) {
  const age = Date.now() - kept;
  return age > span || age < 0;
}

function isHere(entry) {
  return !entry.page || entry.page === window.location.pathname;
}

function lineElsewhere(page) {
  const item = document.createElement("li"), link = document.createElement("a");
  link.href = page;
  link.textContent = "Read it there";
  item.append("Something was not saved on another page. ", link);
  return item;
}

// What was refused, as it is read: a sentence, or where several things stand against it a list with what resolves each.
function refusalOf({ refused, lead, points = [] }) {
  if (!points?.length) return refused;
  const said = document.createElement("div"), list = document.createElement("ul");
  list.className = "lines";
  for (const { why, resolves } of points) {
    const item = document.createElement("li"), reason = document.createElement("strong");
    reason.textContent = why;
    item.append(reason, " ", resolves);
    list.append(item);
  }
  said.append(lead, list);
  return said;
}

function stateWords(waiting, refused, theirs, turnedAway) {
  const when = turnedAway === waiting ? "the server takes " + (waiting === 1 ? "it" : "them") : theirs === waiting ? "whoever typed it signs in here" : theirs ? "the connection returns and who typed them is signed in" : "the connection returns";
  const kept = `${waiting} ${waiting === 1 ? "entry is" : "entries are"} kept on this tablet and `
    + `${waiting === 1 ? "goes" : "go"} out when ${when}`;
  const not = `${refused} ${refused === 1 ? "entry was" : "entries were"} not saved`;
  return [waiting && kept, refused && not].filter(Boolean).join("; ") + (waiting ? outbox.trouble : "");
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

// What the entry says, for the list: the words typed and chosen.
function labelOf(form, submitter) {
  const typed = [...form.elements]
    .filter((field) => field.name && !field.disabled && field.type !== "hidden" && field.value && field.tagName !== "BUTTON")
    .map((field) => `${field.ariaLabel ?? field.labels?.[0]?.textContent ?? field.name}: ${wordsOf(field)}`);
  const touched = submitter?.name ? [submitter.textContent.trim()] : [];
  return [form.dataset.outbox, ...touched, ...typed].join(", ").slice(0, 200);
}

function wordsOf(field) {
  return field.selectedOptions?.[0]?.textContent.trim() ?? field.value;
}

// A button pressed twice is pressed once: the same form, in which nothing was typed since it was put back as it came. A
// note is put back to its draft, which must not be signed in the place of what was typed.
const TWICE_MS = 1000;
const pressed = { at: 0, key: "" };

// What a form says of its own: `about` is what it carries and what was touched, `typed` what was typed and chosen.
function ownWords(form, body) {
  const isOwn = (name) => !["write_id", "csrfmiddlewaretoken", "at"].includes(name);
  const first = (name) => (form.elements[name]?.tagName ? form.elements[name] : form.elements[name]?.[0]);
  const hidden = (name) => first(name)?.type === "hidden" || first(name)?.tagName === "BUTTON";
  const said = [...body].filter(([name, value]) => isOwn(name) && value !== "");
  return { about: said.filter(([name]) => hidden(name)), typed: said.filter(([name]) => !hidden(name)) };
}

// A question answered otherwise is the same question.
function isSame(entry, earlier) {
  const key = ({ url, form, own }) => JSON.stringify([url, form, own?.about.filter(([name]) => name !== "answer")]);
  return key(entry) === key(earlier) && saysAll(entry, earlier);
}

function saysAll(entry, earlier) {
  const says = (name, value) => entry.own?.typed.some((each) => each[0] === name && each[1] === value);
  return (earlier.own?.typed ?? []).every(([name, value]) => says(name, value));
}

function isAsItCame(form, typed) {
  const asItCame = form.cloneNode(true);
  asItCame.reset();
  return JSON.stringify(ownWords(asItCame, new FormData(asItCame)).typed) === JSON.stringify(typed);
}

function isPressedTwice(form, own) {
  const key = JSON.stringify([form.action, form.dataset.outbox, own.about]);
  const within = Number(form.dataset.twiceMs ?? TWICE_MS);
  const twice = isAsItCame(form, own.typed) && Date.now() - pressed.at < within && key === pressed.key;
  if (!twice) Object.assign(pressed, { at: Date.now(), key });
  return twice;
}

function keepAndSend(event) {
  const form = event.target;
  if (!form.matches("form[data-outbox]") || !crypto.randomUUID) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const own = ownWords(form, body);
  if (isPressedTwice(form, own)) return document.dispatchEvent(new CustomEvent("outbox:twice", { detail: form }));
  const id = crypto.randomUUID();
  const ownTime = Boolean(body.get("at")); // a form may bring it
  const at = body.get("at") || new Date(Date.now() + outbox.clockOffset).toISOString();
  body.set("write_id", id);
  body.set("at", at);
  body.delete("csrfmiddlewaretoken");
  const label = labelOf(form, event.submitter);
  body.set("typed", label);
  outbox.keep({
    id, at, kept: Date.now(), order: 1 + Math.max(0, ...outbox.entries().map((entry) => entry.order ?? 0)), offset: outbox.clockOffset, counted: performance.now(), opened: performance.timeOrigin, ownTime, url: form.action, user: outbox.user, userName: document.body.dataset.userName, label, page: window.location.pathname, about: document.title, then: form.dataset.then, kind: form.dataset.kind, once: form.dataset.once, say: "said" in form.dataset, takesBack: "takesBack" in form.dataset, answers: form.dataset.answers, form: form.dataset.outbox, own, body: [...body.entries()],
  });
  delete form.dataset.answers; // it answered what was refused before
  form.querySelector("[data-refused]")?.remove();
  form.reset();
  form.closest("[popover]")?.hidePopover();
  document.dispatchEvent(new CustomEvent("outbox:kept", { detail: form }));
  outbox.send();
}

// Where this tablet lives by another clock, that is said once.
function sayWhoseClock() {
  const place = document.getElementById("whose-clock");
  const at = Date.now() + outbox.clockOffset;
  const here = new Intl.DateTimeFormat("en-GB", BY_THE_CLOCK).format(at);
  if (!place || here === outbox.clock(at)) return;
  place.querySelector("p").textContent = `Every time here, shown or typed, is the clinic’s (${CLINIC_ZONE}): ${outbox.clock(at)} now. This device’s clock shows ${here}.`;
  place.hidden = false;
}

// Only once the page's own script, which comes after this one, hears what is saved and what is refused. What is touched
// before that is sent as any form.
document.addEventListener("DOMContentLoaded", () => {
  document.addEventListener("submit", keepAndSend);
  window.addEventListener("online", () => outbox.send());
  window.addEventListener("storage", () => outbox.show());
  document.addEventListener("store:changed", () => {
    outbox.show();
    outbox.send();
  });
  sayWhoseClock();
  outbox.show();
  outbox.send();
});
