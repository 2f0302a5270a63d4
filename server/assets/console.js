// The console's keys, its clocks, what it says aloud, and what it says when the line is cut. All acts work without this.
"use strict";

const REPEAT_MS = 500; // a second identical press within this is a slip
const CUT_AFTER_MS = 10000;
const ALOUD_AFTER_MS = 45000;
const SAY_EVERY_MS = 3000;
const KEYS = ["F2", "F4", "F8", "F9"];
const PIECES = ["etat", "aide", "cours", "barre", "parkes", "file", "pouls"];
const LETTERS = "accueil.lettres";

const byId = (id) => document.getElementById(id);

// Keys.
let lastKey = "";
let lastPress = -REPEAT_MS;

function lettersOn() {
  try {
    return localStorage.getItem(LETTERS) === "oui";
  } catch {
    return false;
  }
}

function buttonOf(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
  if (KEYS.includes(event.key)) return document.querySelector(`button[data-key="${event.key}"]`);
  const writing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (writing || !/^[a-z]$/i.test(event.key) || !lettersOn()) return undefined;
  return document.querySelector(`button[data-letter="${event.key.toLowerCase()}"]`) ?? undefined;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && byId("panneau").firstElementChild) {
    closePanel();
    return;
  }
  const button = buttonOf(event);
  if (button === undefined) return;
  event.preventDefault();
  // A press that finds nothing to do is none: the one that follows counts.
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const slip = event.repeat || (event.key === lastKey && event.timeStamp - lastPress < REPEAT_MS);
  lastKey = event.key;
  lastPress = event.timeStamp;
  if (!slip) button.click();
});

// The second click of a double click would hit whatever the answer to the first has put there.
document.addEventListener(
  "click",
  (event) => {
    const idle = event.target.closest('[aria-disabled="true"]');
    const twice = event.detail > 1 && event.target.closest("button");
    if (!idle && !twice) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

// Panels: what opened one has the focus again when it closes.
let opener = "";

document.addEventListener("click", (event) => {
  const link = event.target.closest('[hx-target="#panneau"]');
  if (link) opener = link.id;
  if (!event.target.closest("[data-close]") || !byId("panneau").contains(event.target)) return;
  event.preventDefault();
  closePanel();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "lettres") return;
  try {
    localStorage.setItem(LETTERS, event.target.checked ? "oui" : "non");
  } catch {
    event.target.checked = false; // this browser keeps nothing
  }
});

function closePanel() {
  byId("panneau").replaceChildren();
  (byId(opener) ?? byId("b-f2"))?.focus();
}

function openedPanel(panel) {
  const letters = byId("lettres");
  if (letters) letters.checked = lettersOn();
  const first = panel.querySelector("input:not([type=hidden]), select, textarea, button");
  (first ?? panel.querySelector("h2"))?.focus();
}

// Answers.
let acting = null; // the form that an agent sent, until its answer stands

document.body.addEventListener("submit", (event) => {
  acting = event.target;
}, true);

document.body.addEventListener("htmx:before:swap", (event) => {
  const response = event.detail.ctx?.response;
  if (!response || response.status < 400 || response.status === 404 || response.status === 409) return;
  event.preventDefault();
  const busy = "Trop de demandes à la fois. Attendez un instant, puis recommencez.";
  const fault = "Le serveur ne répond pas correctement. Rien n’a changé. Réessayez dans un instant.";
  refuse(response.status === 429 ? busy : fault);
});

document.body.addEventListener("htmx:error", () => {
  if (acting) refuse("Le serveur ne répond pas. Réessayez ; si cela dure, appelez à voix haute.");
  acting = null;
});

document.body.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const panel = byId("panneau");
  if (ctx.target === panel || ctx.target?.id === "panneau") {
    if (panel.firstElementChild) openedPanel(panel);
    return;
  }
  settle();
  if (!acting) return;
  const fromPanel = panel.contains(acting);
  acting = null;
  if (fromPanel && ctx.response?.status < 400) closePanel();
  // Its own act took the button away: the next one is where most agents go on.
  else if (document.activeElement === document.body) byId("b-f2")?.focus();
});

function refuse(text) {
  const message = byId("message");
  message.textContent = text;
  message.dataset.refused = "";
  settle();
}

// What is said aloud: what an act did, why one was refused; one sentence in three seconds at most.
let said = "";
let toSay = "";
let saidAt = -SAY_EVERY_MS;
let waiting = 0;

function say(text) {
  if (!text || text === said || text === toSay) return;
  toSay = text;
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    [said, toSay, saidAt] = [toSay, "", performance.now()];
    byId("annonce").textContent = said;
  }, Math.max(0, saidAt + SAY_EVERY_MS - performance.now()));
}

// Clocks: the server says how long, the page counts on.
const clocks = new WeakMap();

function since(element, shown) {
  const known = clocks.get(element);
  if (known?.shown === shown) return (performance.now() - known.at) / 1000;
  clocks.set(element, { shown, at: performance.now() });
  return 0;
}

function clock(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [s, m, h] = [seconds % 60, Math.floor(seconds / 60) % 60, Math.floor(seconds / 3600)];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function count() {
  for (const time of document.querySelectorAll("[data-elapsed]")) {
    const text = clock(Math.floor(Number(time.dataset.elapsed) + since(time, owner(time) + time.dataset.elapsed)));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-left]")) {
    const left = Math.ceil(Number(element.dataset.left) - since(element, owner(element) + element.dataset.left));
    const seconds = element.querySelector("[data-seconds]");
    if (seconds && left > 0 && seconds.textContent !== String(left)) seconds.textContent = String(left);
    const over = left <= 0;
    if (element.classList.contains("over") === over) continue;
    if (over && element.contains(document.activeElement)) byId("b-f2")?.focus();
    element.classList.toggle("over", over);
  }
}

// Of which ticket a clock is: another one with the same figure begins anew.
function owner(element) {
  const form = element.closest("section")?.querySelector("input[name=ticket]");
  const episode = element.closest("section")?.querySelector("input[name=episode]");
  return `${form?.value} ${episode?.value} `;
}

// The window's title tells of help where the console is not looked at.
const title = document.title;

function settle() {
  count();
  say(byId("message").textContent.trim() || byId("dernier")?.textContent.trim());
  const helps = document.querySelectorAll(".help").length;
  const named = helps ? `(${helps}) Aide demandée – ${title}` : title;
  if (document.title !== named) document.title = named;
}

// The stream.
let heardAt = 0; // nothing yet
const openedAt = Date.now();

function heard() {
  heardAt = Date.now();
  show();
}

function show() {
  const silence = Date.now() - Math.max(heardAt, openedAt);
  const on = silence < CUT_AFTER_MS;
  if (on && !heardAt) return;
  const live = byId("direct");
  live.dataset.state = on ? "on" : "off";
  const state = on ? "En direct" : "Coupé";
  if (byId("direct-texte").textContent !== state) byId("direct-texte").textContent = state;
  const cut = byId("coupure");
  const aloud = silence >= ALOUD_AFTER_MS;
  const text = on
    ? ""
    : aloud
      ? "Connexion interrompue. Appelez à voix haute ; notez les numéros."
      : "Connexion interrompue. Vous pouvez continuer ; l’affichage reviendra tout seul.";
  if (cut.textContent === text) return;
  cut.textContent = text;
  cut.hidden = on;
  cut.classList.toggle("aloud", aloud);
  say(text);
}

for (const name of PIECES) document.body.addEventListener(name, heard);
setInterval(() => {
  show();
  count();
}, 1000);
settle();
