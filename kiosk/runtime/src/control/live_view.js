"use strict";
const image = document.getElementById("screen");
const state = document.getElementById("state");

function tell(text, lost) {
  if (state.textContent !== text) state.textContent = text;
  image.classList.toggle("lost", lost);
}

async function picture() {
  const answer = await fetch("screen.png", { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  const url = URL.createObjectURL(await answer.blob());
  const old = image.src;
  image.src = url;
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

// Each round waits at the borne until its screen changes, so a still screen costs nothing.
async function follow() {
  let revision = -1;
  for (;;) {
    try {
      const answer = await fetch("screen?after=" + revision, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const shown = await answer.json();
      revision = shown.revision;
      await picture();
      tell("En direct · " + shown.code, false);
    } catch (error) {
      tell("La borne ne répond pas. Nouvel essai…", true);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      revision = -1;
    }
  }
}

image.addEventListener("click", async (event) => {
  const box = image.getBoundingClientRect();
  const x = ((event.clientX - box.left) * image.naturalWidth) / box.width;
  const y = ((event.clientY - box.top) * image.naturalHeight) / box.height;
  await fetch("tap", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ x, y }),
  });
});

follow();
