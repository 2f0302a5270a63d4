// The console's keys, and what it says when the line is cut. All actions work without this.
"use strict";

const REPEAT_MS = 500; // a second identical press within this is a slip
const CUT_AFTER_MS = 10000;
const ALOUD_AFTER_MS = 45000;

let lastKey = "";
let lastPress = 0;
let heardAt = 0; // nothing yet
const openedAt = Date.now();

document.addEventListener("keydown", (event) => {
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  const known = ["F2", "F4", "F8", "F9"].includes(event.key);
  if (!known || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const slip = event.repeat || (event.key === lastKey && event.timeStamp - lastPress < REPEAT_MS);
  lastKey = event.key;
  lastPress = event.timeStamp;
  if (button && !slip) button.click();
});

function heard() {
  heardAt = Date.now();
  show();
}

function show() {
  const silence = Date.now() - Math.max(heardAt, openedAt);
  const live = document.getElementById("direct");
  const cut = document.getElementById("coupure");
  const on = silence < CUT_AFTER_MS;
  if (on && !heardAt) return;
  live.dataset.state = on ? "on" : "off";
  document.getElementById("direct-texte").textContent = on ? "En direct" : "Coupé";
  const text = on
    ? ""
    : silence < ALOUD_AFTER_MS
      ? "Connexion interrompue. Vous pouvez continuer ; l’affichage reviendra tout seul."
      : "Connexion interrompue. Appelez à voix haute ; notez les numéros.";
  if (cut.textContent !== text) cut.textContent = text;
  cut.hidden = on;
}

document.body.addEventListener("etat", heard);
document.body.addEventListener("pouls", heard);
setInterval(show, 1000);
