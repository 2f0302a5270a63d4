// Says on a live page that its line is cut, as nothing else on it would; without scripts a sentence says it for good.
"use strict";

const CUT_AFTER_MS = 10000; // two beats, see server/src/pages/stream.rs

const cut = document.getElementById("coupure");
let heardAt = Date.now();

function show() {
  const text = Date.now() - heardAt < CUT_AFTER_MS ? "" : cut.dataset.text;
  if (cut.textContent === text) return;
  cut.textContent = text;
  cut.hidden = text === "";
}

for (const word of ["etat", "pouls"]) {
  document.body.addEventListener(word, () => {
    heardAt = Date.now();
    show();
  });
}
setInterval(show, 1000);
