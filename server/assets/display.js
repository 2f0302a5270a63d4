// The hall's screen: whole snapshots, the last one kept when the line is cut, one announcement at a time.
"use strict";

const CUT_AFTER_MS = 10000; // « Connexion interrompue »
const ANNOUNCE_MS = 6000; // the least time an announcement has for itself
const FLASH_MS = 4000;
const BORDER_MS = 20000;
const OLD_S = 60; // older calls are shown, not announced

const list = document.getElementById("appels");
const empty = document.getElementById("vide");
const notice = document.getElementById("avis");
const cut = document.getElementById("coupure");
const clock = document.getElementById("heure");
const zone = document.body.dataset.zone;

let source = null;
let heardAt = Date.now();
let known = null; // keys of the last snapshot; null before the first
let current = []; // calls of the last snapshot
const bordered = new Map(); // key -> when its border goes
const waiting = []; // keys to announce
let announcing = null; // key that is flashing
let announceUntil = 0;

function connect() {
  if (source) source.close();
  source = new EventSource(document.body.dataset.stream);
  source.addEventListener("appels", (event) => {
    heard();
    snapshot(JSON.parse(event.data));
  });
  source.addEventListener("pouls", heard);
}

function heard() {
  heardAt = Date.now();
  cut.textContent = "";
}

function snapshot(state) {
  const fresh = state.calls.filter((call) => !(known || new Set()).has(call.key) && call.age_s < OLD_S);
  // After a start, what is on the screen is not news; after a cut, it is.
  if (known) fresh.reverse().forEach((call) => waiting.push(call.key));
  known = new Set(state.calls.map((call) => call.key));
  current = state.calls;
  say(state.notice || "");
  draw();
  announce();
}

// Unchanged text is left alone: readers would say it again.
function say(text) {
  if (notice.textContent !== text) notice.textContent = text;
  notice.hidden = text === "";
}

function draw() {
  const rows = current.map((call) => {
    const row = [...list.children].find((item) => item.dataset.key === call.key) || build(call);
    row.classList.toggle("frappe", announcing === call.key);
    row.classList.toggle("recent", bordered.has(call.key));
    return row;
  });
  const same = rows.length === list.children.length && rows.every((row, i) => row === list.children[i]);
  if (!same) list.replaceChildren(...rows);
  empty.hidden = rows.length > 0;
}

function build(call) {
  const row = document.createElement("li");
  row.dataset.key = call.key;
  for (const [name, text] of [["number", call.label], ["counter", call.counter]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    row.append(part);
  }
  return row;
}

// One row flashes at a time, so that several calls at once never exceed one flash a second.
function announce() {
  const now = Date.now();
  if (now < announceUntil) return;
  const key = waiting.shift();
  if (key === undefined) return;
  announcing = key;
  announceUntil = now + ANNOUNCE_MS;
  bordered.set(key, now + FLASH_MS + BORDER_MS);
  setTimeout(() => {
    announcing = null;
    draw();
  }, FLASH_MS);
  draw();
}

function tick() {
  const now = Date.now();
  clock.textContent = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(now);
  for (const [key, until] of bordered) {
    if (now > until) {
      bordered.delete(key);
      draw();
    }
  }
  announce();
  if (now - heardAt > CUT_AFTER_MS) cut.textContent = "Connexion interrompue";
  // Browsers give up after an error answer, and never notice a line that only falls silent.
  const silent = now - heardAt > CUT_AFTER_MS && Math.floor((now - heardAt) / 1000) % 5 === 0;
  if (source.readyState === EventSource.CLOSED || silent) connect();
}

connect();
tick();
setInterval(tick, 1000);
