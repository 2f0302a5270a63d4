// Live pages. A stream never ends, so « the network is idle » never comes: wait for the stream, then for what it brings.

import { PATIENCE_MS, until } from './wait.mjs';

const isStream = (answer) => new URL(answer.url()).pathname.endsWith('/flux') && answer.ok();

/** The next stream that a page opens: ask before doing what opens it. */
export function nextStream(page) {
  return page.waitForResponse(isStream);
}

/** Goes to a live page, and is back once it shows what its stream told first. */
export async function goLive(page, path) {
  const opened = nextStream(page);
  await page.goto(path);
  await opened;
  await settled(page);
}

/** Waits until a console says that it is live, and shows what its stream told first. */
export async function live(page) {
  await page.locator('#direct[data-state="on"]').waitFor();
  await settled(page);
}

/** Waits until a text stands on the page. */
export async function sees(page, text, patienceMs = PATIENCE_MS) {
  await page.getByText(text).first().waitFor({ timeout: patienceMs });
}

/**
 * Waits until a page is whole and asks for nothing more. Pieces are renewed one by one, and an answer that is still on its
 * way may put back for a moment what was there before.
 */
export async function settled(page) {
  await until('the page settles', () => page.evaluate(isSettled));
}

/** Runs in the page. Without scripts nothing is renewed. */
function isSettled() {
  if (document.readyState !== 'complete') return false;
  if (!window.renewals) return true;
  const isLive = document.querySelector('[hx-sse\\:connect]') !== null;
  return window.renewals.asked === 0 && (!isLive || window.renewals.told > 0);
}

/** Waits until a display's machine keeps its page, with all that it names. */
export async function isKept(display) {
  await until('the page is kept, with all that it names', () =>
    display.evaluate(async () => {
      const cache = await caches.open('ecran');
      const named = [...document.querySelectorAll('link[rel=stylesheet], link[rel=icon], script[src]')];
      const files = [...named.map((file) => file.href || file.src), ...document.body.dataset.fontes.split(' ')];
      const kept = await Promise.all([location.href, ...files].map((url) => cache.match(url)));
      return kept.every((file) => file !== undefined);
    }),
  );
}

/** Tells a page that it is hidden, as browsers do: one without a screen shows all its tabs. */
export async function hide(page) {
  await page.evaluate(() => {
    Object.defineProperties(document, { hidden: { get: () => true }, visibilityState: { get: () => 'hidden' } });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

/** Notes on a page how many of its pieces are asked for, and how often its stream has told anything: `window.renewals`. */
export function noteRenewals() {
  window.renewals = { asked: 0, told: 0 };
  document.addEventListener('htmx:before:request', () => window.renewals.asked++);
  document.addEventListener('htmx:finally:request', () => window.renewals.asked--);
  document.addEventListener('htmx:sse:after:message', () => window.renewals.told++);
}

/** Notes on a display what it announces, for as long as it stands, and when by its own clock: `window.rung`. */
export function noteAnnouncements() {
  window.rung = [];
  let ringing = null;
  const look = () => {
    const row = document.querySelector('.frappe');
    if (row && row.dataset.key !== ringing) {
      window.rung.push({ label: row.querySelector('.number').textContent.replace('\u00a0', ' '), at: announcedAt });
    }
    ringing = row ? row.dataset.key : null;
  };
  const watched = { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] };
  new MutationObserver(look).observe(document, watched);
}
