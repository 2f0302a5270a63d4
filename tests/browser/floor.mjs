// The hall for whoever sees to it: live without a reload, whole without scripts, and what only a supervisor does.

import assert from 'node:assert/strict';

import { called } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { goLive, nextStream, sees, settled } from './lib/live.mjs';
import { fitsWidth, looksRight } from './lib/look.mjs';
import { STREAM_MS, until, within } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

/** A supervisor, looking at the hall. */
async function supervisor(hall, name = 'Inès', options = {}) {
  const page = await hall.agent(name, undefined, { role: 'supervisor', ...options });
  if (options.javaScriptEnabled === false) await page.goto('/salle');
  else await goLive(page, '/salle');
  return page;
}

hallTest('the hall is live: who comes, who is called, who asks for help', { clock: CLOCK }, async (hall) => {
  const page = await supervisor(hall);
  await looksRight(page, 'salle-vide');
  await hall.borne.issue('titres', 3);
  await hall.borne.issue('etat-civil', 2, { priority: true });
  await within('tickets are shown', 2_000, () => until('five wait', async () => /qui attendent\s*5\b/u.test(await page.textContent('.totals'))));
  const agent = await hall.agent('Léa', '1');
  await agent.keyboard.press('F2');
  await within('a call is shown', 2_000, () => sees(page, 'Appelle'));
  await hall.borne.callForHelp();
  await within('a call for help is shown', 2_000, () => sees(page, 'une personne demande de l’aide'));
  await hall.server.advance(48 * 60);
  await hall.borne.issue('titres', 9);
  await sees(page, 'Ouvrir un guichet');
  await sees(page, 'au-delà du plafond');
  await looksRight(page, 'salle-pleine');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'salle-etroite');
  await page.setViewportSize({ width: 1280, height: 800 });

  // What is renewed does not take the keyboard away.
  const own = page.getByRole('link', { name: 'Clore la journée…' });
  await own.focus();
  await hall.borne.issue('retrait', 1);
  await until('fourteen wait', async () => /qui attendent\s*14\b/u.test(await page.textContent('.totals')), STREAM_MS);
  await settled(page);
  assert(await own.evaluate((link) => document.activeElement === link), 'the focus stays where it was');
  await page.getByRole('button', { name: 'J’y vais' }).click();
  await until('the call is answered', async () => !(await page.textContent('#alertes')).includes('aide'));
});

hallTest('without scripts the hall is whole, and a counter is freed', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 2);
  const agent = await hall.agent('Léa', '1');
  await agent.keyboard.press('F2');
  await called(agent);
  await agent.close();
  const page = await supervisor(hall, 'Inès', { javaScriptEnabled: false });
  // The server learns that a page is gone when its line is.
  await until('the page is missed', async () => {
    await hall.server.advance(60);
    await page.getByRole('link', { name: 'Salle' }).click();
    return (await page.textContent('#alertes')).includes('sa page est fermée ou ne répond plus');
  });
  await fitsWidth(page, 'salle-sans-script');
  await page.getByRole('link', { name: 'Libérer ce guichet…' }).click();
  await sees(page, 'Que devient-il');
  await page.getByRole('button', { name: 'Le remettre dans la file, à sa place' }).click();
  await page.waitForURL('**/salle');
  await sees(page, 'Fermé');
  assert((await page.textContent('.totals')).includes('2'), 'both wait');
});

hallTest('the day is closed, told in the hall and on phones, and opened again', { clock: CLOCK }, async (hall) => {
  const display = await hall.display('hall');
  await hall.borne.issue('titres', 4);
  await hall.borne.issue('ecole', 2);
  const agent = await hall.agent('Léa', '1');
  await agent.keyboard.press('F2');
  await called(agent);
  const page = await supervisor(hall);
  await looksRight(await counterPage(page), 'salle-guichet');
  await page.goto('/salle/cloture');
  await sees(page, 'Qui attend encore (5)');
  await looksRight(page, 'cloture-avant');
  await page.getByRole('button', { name: 'Clore la journée pour 5 personnes' }).click();
  await sees(page, 'La journée est close depuis');
  await looksRight(page, 'cloture-apres');
  await sees(display, 'L’accueil est fermé pour aujourd’hui.');
  await looksRight(display, 'ecran-journee-close');
  await page.goto('/salle');
  await sees(page, 'La journée est close depuis');
  await page.goto('/salle/cloture');
  const opened = nextStream(page).catch(() => null);
  await page.getByRole('button', { name: 'Rouvrir la journée' }).click();
  await sees(page, 'Qui attend encore (5)');
  await page.goto('/salle/tickets');
  await looksRight(page, 'salle-tickets');
  await page.close();
  await opened;
});

async function counterPage(page) {
  await page.locator('a[href="/salle/guichet/1"]').click();
  await sees(page, 'Que devient-il');
  return page;
}

hallTest('a hall that was left open is loaded anew once its reader works at another site', { clock: CLOCK }, async (hall) => {
  const page = await hall.agent('Zoé', undefined, { role: 'administrator' });
  await page.goto('/admin/sites');
  await page.getByLabel('Nom', { exact: false }).first().fill('Annexe du port');
  await page.getByRole('button', { name: 'Ajouter ce site' }).click();
  await sees(page, 'Annexe du port');
  await goLive(page, '/salle');
  const home = await page.textContent('.bar .where');
  const other = await page.context().newPage();
  await other.goto('/site');
  await other.getByRole('button', { name: 'Choisir Annexe du port' }).click();
  await other.waitForURL((url) => url.pathname !== '/site');
  // What happens at the first site is no news of the second: the page shows where its reader works now.
  await hall.borne.issue('titres', 1);
  await until('the tab names the other site', async () => (await page.textContent('.bar .where')) === 'Annexe du port');
  assert.notEqual(home, 'Annexe du port');
  assert.match(await page.textContent('.totals'), /attendent\s*0/u);
});
