// Keeps the screen's page on its machine: started without a server it shows what it last knew, and no browser's error page.
"use strict";

const KEPT = "ecran";
const PATIENCE_MS = 5000;

addEventListener("install", () => self.skipWaiting());
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
addEventListener("message", (event) => event.waitUntil(keep(event.data)));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (!/\/(flux|etat|son\/.*)$/.test(new URL(request.url).pathname)) event.respondWith(file(request));
});

// What the page names, and nothing that an earlier one did.
async function keep({ page, files }) {
  const cache = await caches.open(KEPT);
  const wanted = [page, ...files].map((path) => new URL(path, location.origin).href);
  for (const known of await cache.keys()) if (!wanted.includes(known.url)) await cache.delete(known);
  for (const url of wanted) {
    if (url !== wanted[0] && await cache.match(url)) continue;
    try {
      await store(cache, url, await fetch(url, { credentials: "same-origin", redirect: "manual" }));
    } catch { /* it is tried again when the page starts again */ }
  }
}

async function store(cache, url, answer) {
  if (answer.ok && answer.type === "basic" && !answer.redirected) await cache.put(url, answer.clone());
}

async function page(request) {
  const url = new URL(request.url);
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    // A proxy whose server is gone answers for it.
    if (answer.status < 500) {
      await store(cache, url.origin + url.pathname, answer);
      return answer;
    }
  } catch { /* no server */ }
  return (await cache.match(url.origin + url.pathname)) || new Response(ALONE, { headers: { "content-type": "text/html; charset=utf-8", refresh: "10" } });
}

async function file(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request.url)) || fetch(request);
}

const ALONE = `<!doctype html><html lang="fr"><meta charset="utf-8"><title>Connexion interrompue</title>
<body bgcolor="black" text="white"><h1>Connexion interrompue</h1><p>Écoutez l’appel de l’agent.</p></html>`;
