// The hall's screen: whole snapshots, the last one kept when the line is cut, one announcement at a time, nothing rung twice.
"use strict";

const CUT_MS = 10000; // « Connexion interrompue »
const STALE_MS = 60000; // waits are no longer true
const LOST_MS = 300000; // « Écoutez l’appel de l’agent »
const ELSEWHERE_MS = 15000; // how often a page that was replaced asks whether the other one is gone
const ANNOUNCE_MS = 6000; // the least time an announcement has for itself
const SOUND_MS = 12000; // the most that sounds may take
const FLASH_MS = 4000;
const BORDER_MS = 20000;
const RING_MS = 60000; // older calls are shown, not rung
const UNDONE_MS = 5000;
const REPORT_MS = 60000;
const TOLD_MS = 10000; // the longest that it takes to tell the server how it is
const REFUSED_MS = 5000; // where its line is refused
const TEXT_MS = 10000; // how long a sentence of the foot and a translation stand
const SHIFT_MS = 120000;
const SHIFTS = [[0, 0], [8, 0], [8, 8], [0, 8]]; // pixels, against burn-in
const KEPT_RINGS = 400;

const body = document.body;
const data = body.dataset;
const part = (id) => document.getElementById(id);
const [screen, list, empty, alert, undone, foot, translated, clock, closed, sound, picture, large] = [
  "ecran", "appels", "vide", "alerte", "annule", "phrase", "traduction", "heure", "ferme", "son", "image", "horloge",
].map(part);
const lines = Number(data.lignes);
const pictures = JSON.parse(data.medias || "[]");
const words = {};
for (const item of part("mots").children) {
  (words[item.dataset.mot] ||= []).push({ lang: item.lang, dir: item.dir, text: item.textContent });
}

// What must survive a restart of the machine: the last snapshot, when it came, and what was rung.
const memory = recall();
let state = memory.state;
let heardAt = memory.heardAt;
const rung = new Set(memory.rung);
let knows = memory.heardAt > 0; // a screen that never showed anything has nothing to ring

const waiting = []; // calls to announce
let announcing = null;
let announcedAt = 0;
let sounding = false;
const bordered = new Map(); // n -> when its border goes

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(location.pathname));
    if (kept && kept.version === data.version) return kept;
    if (kept) return { ...kept, state: null };
  } catch { /* nothing that can be read */ }
  return { state: null, heardAt: 0, rung: [] };
}

function remember() {
  const last = [...rung].slice(-KEPT_RINGS);
  try {
    localStorage.setItem(location.pathname, JSON.stringify({ version: data.version, state, heardAt, rung: last }));
  } catch { /* a full disk must not stop the screen */ }
}

// The line.

let source = null;
let triedAt = 0;
let elsewhere = false; // another page has this screen's place

function connect() {
  if (source) source.close();
  triedAt = Date.now();
  // Who was replaced waits until the other one is gone: two that take the place from each other would show nothing.
  const line = source = new EventSource(elsewhere ? `${data.flux}?attend=true` : data.flux);
  source.addEventListener("remplace", () => {
    line.close();
    if (line !== source) return;
    elsewhere = true;
    triedAt = Date.now();
    tick();
  });
  source.addEventListener("appels", (event) => {
    elsewhere = false;
    heardAt = Date.now();
    snapshot(JSON.parse(event.data));
  });
  source.addEventListener("pouls", () => {
    heardAt = Date.now();
    tick();
  });
}

function snapshot(told) {
  if (told.version !== data.version) return renew();
  // The machine's clock may be wrong; the server's is not.
  told.ahead = told.as_of - heardAt;
  state = told;
  for (const ring of [...told.rings].reverse()) {
    if (rung.has(ring.n)) continue;
    rung.add(ring.n);
    if (knows && age(ring.at) < RING_MS) {
      waiting.push(ring);
      ring.sounds = ring.clips.map(fetchSound);
    }
  }
  knows = true;
  remember();
  tick();
}

// The page itself has changed on the server; what is being announced comes to its end first.
let renewing = false;
function renew() {
  renewing = true;
  if (!announcing) location.reload();
}

// The server no longer knows this screen: it forgets everything and asks for a code.
async function forget() {
  source.close();
  try {
    localStorage.removeItem(location.pathname);
    for (const name of self.caches ? await caches.keys() : []) await caches.delete(name);
  } catch { /* nothing was kept */ }
  location.replace("/afficher");
}

// One at a time, each with what is so when it is sent: what was so before must not arrive after it.
let telling = false;
let again = false;
async function report() {
  again = true;
  if (telling) return;
  telling = true;
  while (again) {
    again = false;
    await tell();
  }
  telling = false;
}

async function tell() {
  try {
    // The page that has this screen's place says whether it is heard.
    const fields = new URLSearchParams(elsewhere ? {} : { son: blocked() ? "coupe" : "ouvert" });
    const signal = AbortSignal.timeout(TOLD_MS);
    const answer = await fetch(data.etat, { method: "POST", body: fields, signal, redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 404) await forget();
  } catch { /* the line is cut: that is shown already */ }
}

// Sound.

const audio = self.AudioContext ? new AudioContext() : null;
const blocked = () => !audio || audio.state !== "running";
let reported = null;

async function fetchSound(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(SOUND_MS) });
    return answer.ok ? await audio.decodeAudioData(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

async function play(sounds) {
  for (const made of sounds) {
    const samples = await made;
    if (!samples || blocked()) continue;
    await new Promise((ended) => {
      const node = new AudioBufferSourceNode(audio, { buffer: samples });
      node.onended = ended;
      node.connect(audio.destination);
      node.start();
    });
  }
}

function allow() {
  if (audio) audio.resume().then(tick, tick);
}

if (audio) audio.onstatechange = tick;
for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, allow);

// Announcements: one at a time, each with six seconds or as long as it sounds, none skipped but those taken back.

function announce(now) {
  if (announcing && now - announcedAt >= FLASH_MS) announcing.still = true;
  if (announcing && !sounding && now - announcedAt >= ANNOUNCE_MS) announcing = null;
  if (announcing) return;
  if (renewing) return location.reload();
  const next = waiting.shift();
  if (!next) return;
  if (takenBack(next)) return announce(now);
  announcing = next;
  announcedAt = now;
  bordered.set(next.n, now + FLASH_MS + BORDER_MS);
  sounding = true;
  const done = () => {
    if (announcing === next) sounding = false;
  };
  play(next.sounds).then(done, done);
  setTimeout(done, SOUND_MS);
  setTimeout(tick, FLASH_MS);
}

const takenBack = (ring) => state.undone.some((gone) => gone.label === ring.label && gone.at >= ring.at);

// What is seen.

const age = (at) => Date.now() + state.ahead - at;
const silent = () => Date.now() - heardAt;

// Calls are shown as they are told; one that is announced and would not fit takes the last row.
function shown() {
  if (!state || silent() > LOST_MS && Date.now() + state.ahead > state.day_ends) return [];
  const calls = state.calls.slice(0, lines);
  const missing = announcing && !takenBack(announcing) && !calls.some((call) => call.n === announcing.n);
  if (missing && !calls.some((call) => call.label === announcing.label)) calls.splice(lines - 1, 1, announcing);
  return calls;
}

function draw() {
  const rows = shown().map((call) => {
    const row = [...list.children].find((item) => item.dataset.key === call.n) || build(call);
    const mine = announcing && announcing.label === call.label;
    row.classList.toggle("frappe", Boolean(mine) && !announcing.still);
    row.classList.toggle("recent", bordered.has(call.n) || Boolean(mine));
    return row;
  });
  const same = rows.length === list.children.length && rows.every((row, i) => row === list.children[i]);
  if (!same) {
    list.replaceChildren(...rows);
    rows.forEach(narrow);
  }
  empty.hidden = rows.length > 0;
}

function build(call) {
  const row = document.createElement("li");
  row.dataset.key = call.n;
  const texts = [["number", call.label], ["counter", call.counter]];
  if (call.zone) texts.push(["hall", call.zone]);
  for (const [name, text] of texts) {
    const cell = document.createElement("span");
    cell.className = name;
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

// A name that was published when the screen was set up fits; one that came later is narrowed rather than cut.
function narrow(row) {
  row.querySelectorAll(".number, .counter, .hall").forEach(fit);
}

function fit(cell) {
  cell.style.fontSize = "";
  const size = parseFloat(getComputedStyle(cell).fontSize);
  const over = cell.scrollWidth / cell.clientWidth;
  if (over > 1) cell.style.fontSize = `${Math.floor(size / over)}px`;
}

// Unchanged text is left alone: readers would say it again. Answers whether it changed.
function write(place, told) {
  const text = told ? told.text : "";
  const other = place.textContent !== text;
  if (other) place.textContent = text;
  if (told) [place.lang, place.dir] = [told.lang, told.dir];
  place.hidden = text === "";
  return other;
}

const turn = (now, count) => Math.floor(now / TEXT_MS) % count;
// Every language but French, one after another.
const other = (now, told) => told && told.length > 1 ? told[1 + turn(now, told.length - 1)] : null;

function sentence(now, lost) {
  const told = state && lost <= STALE_MS ? [...(state.notice.length ? [state.notice] : []), ...state.waits] : [];
  const messages = lost > LOST_MS ? [words.ecoutez] : told;
  const message = messages.length ? messages[turn(now, messages.length)] : null;
  for (const [place, told] of [[foot, message && message[0]], [translated, other(now, message)]]) {
    if (write(place, told)) fit(place);
  }
}

function tick() {
  const now = Date.now();
  const lost = silent();
  const time = new Date(state && lost < STALE_MS ? now + state.ahead : now);
  clock.textContent = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: data.fuseau }).format(time);
  // Where pictures are to stand and none is there, the hour does.
  write(large, body.classList.contains("partage") && !pictures.length ? { ...words.coupure[0], text: clock.textContent } : null);
  for (const [n, until] of bordered) if (now > until) bordered.delete(n);
  announce(now);
  draw();
  sentence(now, lost);
  write(alert, elsewhere ? words.ailleurs[0] : lost > CUT_MS ? words.coupure[0] : null);
  body.classList.toggle("perdu", lost > LOST_MS);
  const gone = state ? state.undone.filter((call) => age(call.at) < UNDONE_MS) : [];
  write(undone, gone.length ? { ...words.annule[0], text: `${gone.map((call) => call.label).join(", ")} : ${words.annule[0].text}` } : null);
  night(now, lost);
  const mute = blocked();
  write(sound, mute ? words.muet[0] : null);
  // Browsers give up after an error answer, and never notice a line that only falls silent.
  const ended = source && source.readyState === EventSource.CLOSED;
  // What answers something else than a stream may know this screen no longer: it is asked at once.
  const due = ended && !elsewhere ? REFUSED_MS : REPORT_MS;
  if (reported !== mute || now - reportedAt > due) {
    [reported, reportedAt] = [mute, now];
    report();
  }
  const [x, y] = SHIFTS[Math.floor(now / SHIFT_MS) % SHIFTS.length];
  screen.style.translate = `${x}px ${y}px`;
  closed.style.translate = `${x * 12}px ${y * 12}px`;
  body.dataset.cote = time.getHours() % 2 ? "b" : "a";
  beside(now);
  const dead = !source || (ended && now - triedAt > 2000) || (lost > CUT_MS && now - triedAt > 5000);
  if (elsewhere ? now - triedAt > ELSEWHERE_MS : dead) connect();
}
let reportedAt = 0;

// Pictures one after the other, each as long as the site said.
function beside(now) {
  let left = Math.floor(now / 1000) % (pictures.reduce((sum, next) => sum + next.seconds, 0) || 1);
  const next = pictures.find(({ seconds }) => (left -= seconds) < 0);
  picture.hidden = !next;
  if (next && picture.getAttribute("src") !== next.src) [picture.src, picture.alt] = [next.src, next.text];
}

// Closed: a sentence around the opening hours, nothing at all in the night, with or without a server.
function night(now, lost) {
  const known = state && Date.now() + state.ahead;
  const passed = state && lost > CUT_MS && state.dark_at && known > state.dark_at;
  const said = state && !passed ? state.closed : null;
  body.classList.toggle("ferme", Boolean(passed || said));
  const black = passed || (state && state.black);
  const now_said = said && !black ? [said[0], other(now, said)].filter(Boolean) : [];
  [...closed.children].forEach((place, i) => write(place, now_said[i] || null));
}

// Survives a restart of the machine without the server.
async function stay() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register("/a/travailleur.js", { scope: "/a/" });
    const { active } = await navigator.serviceWorker.ready;
    const files = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")];
    active.postMessage({ page: location.pathname, files: [...files.map((file) => file.href || file.src), ...data.fontes.split(" "), ...pictures.map((one) => one.src)] });
  } catch { /* over plain HTTP there is none: the screen works as long as its machine runs */ }
}

const root = document.documentElement.style;
root.setProperty("--capitale", data.capitale);
root.setProperty("--lignes", data.lignes);
root.setProperty("--counter", data.guichet);
connect();
tick();
setInterval(tick, 1000);
stay();
