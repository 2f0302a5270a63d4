// The ticket's page asks for itself again, and tells its holder where they want to be told. All of it works without this.
"use strict";

const main = document.getElementById("contenu");
const refreshMs = Number(main.dataset.refresh) * 1000;
const news = main.dataset.news;
const OFFLINE_AFTER_MS = 10000;

let timer = 0;
let sound = null; // an AudioContext, once somebody wants to be told
let failedSince = 0;
let asking = false;
let again = false; // something was told while an older answer was on its way

const ringOf = (root) => root.querySelector("[data-ring]")?.dataset.ring ?? "";

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  clearTimeout(timer);
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    failedSince = 0;
  } catch {
    failedSince ||= Date.now();
  }
  asking = false;
  timer = setTimeout(refresh, again ? 0 : refreshMs);
  tellOffline();
}

function show(page) {
  const now = document.getElementById("etat");
  const next = page.getElementById("etat");
  // Another ticket's page, or one that follows nothing any more.
  if (!next || page.getElementById("contenu").dataset.news !== news) return location.reload();
  const rang = ringOf(now);
  if (now.innerHTML !== next.innerHTML) {
    const targets = (root) => [...root.querySelectorAll("a, button")];
    const address = (target) => target?.getAttribute("href") ?? target?.form?.getAttribute("action");
    const focused = targets(now).find((target) => target === document.activeElement);
    now.replaceWith(next);
    document.title = page.title;
    if (focused) targets(next).find((target) => address(target) === address(focused))?.focus();
  }
  const rings = ringOf(document);
  if (rings && rings !== rang) alarm();
  if (news) offer();
}

/** Whoever is called, served or gone need not be told of a call. */
function offer() {
  document.getElementById("alerte").hidden = !("comes" in document.getElementById("etat").dataset);
}

function tellOffline() {
  const line = document.getElementById("coupure");
  if (!line) return;
  const lost = failedSince > 0 && Date.now() - failedSince >= OFFLINE_AFTER_MS;
  const text = lost ? document.getElementById("alerte").dataset.offline : "";
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !lost;
}

/** Three notes, and the same by hand. */
function alarm() {
  if (!sound) return;
  navigator.vibrate?.([400, 200, 400, 200, 800]);
  sound.resume();
  [0, 0.35, 0.7].forEach((at, n) => {
    const note = sound.createOscillator();
    const loudness = sound.createGain();
    const begins = sound.currentTime + at;
    note.frequency.value = [784, 988, 1175][n];
    loudness.gain.setValueAtTime(0.001, begins);
    loudness.gain.exponentialRampToValueAtTime(0.6, begins + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.001, begins + 0.6);
    note.connect(loudness).connect(sound.destination);
    note.start(begins);
    note.stop(begins + 0.65);
  });
}

function tellMe() {
  const box = document.getElementById("alerte");
  sound ??= new AudioContext();
  alarm();
  box.dataset.state = "on";
  document.getElementById("prevenir").hidden = true;
  document.getElementById("prevenir-texte").textContent = box.dataset.on;
}

if (news) {
  const moves = new EventSource(news);
  moves.addEventListener("etat", refresh);
  offer();
  document.getElementById("prevenir").addEventListener("click", tellMe);
  setInterval(tellOffline, 1000);
}
timer = setTimeout(refresh, refreshMs);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
