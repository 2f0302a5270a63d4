// What a console shows. Its pieces are renewed one by one: a key finds its button only once its own piece is there.

import { until } from './wait.mjs';

/** Waits until a console shows in all its pieces that it has called somebody, other than `before`; answers the number. */
export function called(page, before = null) {
  return until('another number is called', async () => {
    const { state, number } = await page.evaluate(shown);
    return state === 'called' && number !== before ? number : null;
  });
}

/** Waits until a console shows in all its pieces that somebody is received; answers the number. */
export function received(page) {
  return until('somebody is received', async () => {
    const { state, number } = await page.evaluate(shown);
    return state === 'received' ? number : null;
  });
}

/** Waits until a console may call somebody, by all its pieces. */
export function free(page) {
  return until('the counter is free', async () => (await page.evaluate(shown)).state === 'free');
}

/** The addresses that a page posts to from now on. */
export function posts(page) {
  const seen = [];
  page.on('request', (request) => request.method() === 'POST' && seen.push(new URL(request.url()).pathname));
  return seen;
}

/** Runs in the page. Nothing is said of it while its pieces disagree, or one is asked for that may be older than they. */
function shown() {
  const number = document.getElementById('numero')?.textContent ?? null;
  const act = document.getElementById('f8').getAttribute('action');
  const next = document.getElementById('b-f2');
  const going = document.getElementById('f2').getAttribute('action');
  let state = null;
  if (window.renewals?.asked > 0) state = null;
  else if (number === null && act === null && going === '/guichet/appeler') state = 'free';
  else if (number !== null && act === '/guichet/demarrer' && next.ariaDisabled === 'true') state = 'called';
  else if (act === '/guichet/terminer' && next.textContent.includes(`Terminer ${number} et`)) state = 'received';
  return { state, number };
}
