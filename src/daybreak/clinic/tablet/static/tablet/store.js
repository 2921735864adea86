// What this tablet keeps. Pages read it from the browser's storage at once; but a browser writes that to its disk when it
// likes, a minute later even, and ended by force it forgets what it took. What somebody typed is therefore written a
// second time, where the browser says when it lies on the disk (`onDisk`), and found again there. Where the storage takes
// nothing (full, or none in a private window) this page's memory stands in for it.
"use strict";

const GONE = "daybreak.gone.";
const TYPED = ["daybreak.outbox.", "daybreak.unsaved.", "daybreak.cover."];

const onDisk = {
  keys: new Set(), // what lies there for certain
  opened: null,

  open() {
    this.opened ??= new Promise((done, failed) => {
      const asked = indexedDB.open("daybreak", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
    return this.opened;
  },

  async change(work) {
    const database = await this.open();
    await new Promise((done, failed) => {
      const change = database.transaction("kept", "readwrite", { durability: "strict" });
      work(change.objectStore("kept"));
      change.commit();
      change.oncomplete = done;
      change.onabort = change.onerror = () => failed(change.error);
    });
  },

  async write(key, value) {
    try {
      await this.change((kept) => kept.put(value, key));
      this.keys.add(key);
    } catch {
      this.keys.delete(key); // the page says so, where it is nowhere else
    }
    if (tabletStore.inPage.has(key)) document.dispatchEvent(new Event("store:changed"));
  },

  // A page may end before it is done: what is gone is noted at once, and not restored by the next one.
  async remove(key) {
    this.keys.delete(key);
    tabletStore.put(GONE + key, "1");
    try {
      await this.change((kept) => kept.delete(key));
      tabletStore.remove(GONE + key);
    } catch {
      // the note stays
    }
  },

  async all() {
    const database = await this.open();
    return new Promise((done, failed) => {
      const found = [], asked = database.transaction("kept").objectStore("kept").openCursor();
      asked.onsuccess = () => {
        if (!asked.result) return done(found);
        found.push([asked.result.key, asked.result.value]);
        asked.result.continue();
      };
      asked.onerror = () => failed(asked.error);
    });
  },
};

const tabletStore = {
  inPage: new Map(),

  get(key) {
    if (this.inPage.has(key)) return this.inPage.get(key);
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },

  set(key, value) {
    this.put(key, String(value));
    if (liesTwice(key)) onDisk.write(key, String(value));
  },

  put(key, value) {
    try {
      localStorage.setItem(key, value);
      this.inPage.delete(key);
    } catch {
      this.inPage.set(key, value);
    }
  },

  remove(key) {
    this.inPage.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing is kept there
    }
    if (liesTwice(key)) onDisk.remove(key);
  },

  keys(prefix) {
    let kept = [];
    try {
      kept = Object.keys(localStorage);
    } catch {
      // nothing is kept there
    }
    return [...new Set([...kept, ...this.inPage.keys()])].filter((key) => key.startsWith(prefix));
  },

  // What was kept under these keys, as it was before it became text; what cannot be read is left where it is.
  all(prefix) {
    return this.keys(prefix).flatMap((key) => {
      try {
        return [JSON.parse(this.get(key))];
      } catch {
        return [];
      }
    });
  },

  // Whether something of this would be gone with the page.
  endsWithPage(prefix) {
    return [...this.inPage.keys()].some((key) => key.startsWith(prefix) && !onDisk.keys.has(key));
  },

  // What a browser that was ended by force has forgotten.
  async restore() {
    try {
      for (const [key, value] of await onDisk.all()) {
        if (this.get(GONE + key) !== null) {
          onDisk.remove(key);
          continue;
        }
        onDisk.keys.add(key);
        if (this.get(key) === null) this.put(key, value);
      }
    } catch {
      return; // a browser without it has what its storage has
    }
    document.dispatchEvent(new Event("store:changed"));
  },
};

// What is of one tab, and gone with it. Where the browser keeps nothing the page goes on without.
const tabStore = {
  get(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },

  set(key, value) {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // it is gone with this page, as all of it is with this tab
    }
  },

  remove(key) {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // nothing is kept there
    }
  },

  keys(prefix) {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },
};

function liesTwice(key) {
  return TYPED.some((prefix) => key.startsWith(prefix));
}

window.addEventListener("beforeunload", (event) => {
  if (TYPED.some((prefix) => tabletStore.endsWithPage(prefix))) event.preventDefault();
});
document.addEventListener("DOMContentLoaded", () => tabletStore.restore()); // every script of the page listens by then
