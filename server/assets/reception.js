// Printing from the browser; without scripts its own menu does it.
"use strict";

const print = document.getElementById("imprimer");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
