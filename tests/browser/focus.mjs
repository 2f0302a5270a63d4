// The keyboard's focus is seen wherever it goes: on each page by Tab alone, and in the console's panels.

import assert from 'node:assert/strict';

import { called, received } from './lib/console.mjs';
import { seen, walk } from './lib/focus.mjs';
import { hallTest } from './lib/hall.mjs';
import { tabTo } from './lib/keys.mjs';
import { live, sees } from './lib/live.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';
const UNDO_S = 10;
const HALL = ['/', '/poste', '/moi', '/site', '/salle', '/salle/cloture', '/salle/tickets', '/salle/guichet/1', '/accueil', '/regles', '/regles/brouillon', '/regles/simuler', '/regles/0'];
const ADMIN = [
  ...['', '/site', '/horaires', '/quotas', '/enquete', '/enquete/1', '/enquete/reglages', '/fermetures', '/fermetures/nouveau'],
  ...['/salles', '/familles', '/services', '/services/titres', '/guichets', '/guichets/4', '/affichages', '/affichages/hall'],
  ...['/brouillon', '/publications', '/publications/1', '/transfert', '/sites', '/comptes', '/comptes/nouveau', '/audit'],
  ...['/cles', '/webhooks', '/sauvegardes'],
].map((path) => `/admin${path}`);

hallTest('the focus is seen on every page of whoever sees to the hall', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 3);
  const page = await hall.agent('Inès', undefined, { role: 'supervisor' });
  for (const path of HALL) {
    await page.goto(path);
    await walk(page, path);
  }
});

hallTest('the focus is seen on every page of administration', { clock: CLOCK }, async (hall) => {
  const page = await hall.agent('Zoé', undefined, { role: 'administrator' });
  for (const path of ADMIN) {
    await page.goto(path);
    await walk(page, path);
  }
});

hallTest('the focus is seen before anybody has signed in, and on a ticket’s page', async (hall) => {
  const [{ link }] = await hall.borne.issue('titres', 2);
  const page = await hall.page('/connexion', { viewport: { width: 390, height: 600 } });
  const ticket = link.replace(/\/[^/]*$/, '');
  for (const path of ['/connexion', '/afficher', link, `${link}?lang=ar`, `${ticket}/renoncer`]) {
    await page.goto(path);
    await walk(page, path);
  }
});

hallTest('the focus is seen on the console, and in each of its panels', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 12, { appointment: '2026-11-21T09:42:00+01:00' });
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (12)');
  await hall.borne.callForHelp();
  await sees(page, 'demande de l’aide');
  assert((await walk(page, 'the console with nobody called')) > 12, 'its queue too');
  await page.keyboard.press('F2');
  await called(page);
  await page.keyboard.press('F8');
  await received(page);
  // What may be taken back for a while may go while the keyboard is on its way.
  await hall.server.advance(UNDO_S + 1);
  await page.reload();
  await live(page);
  await walk(page, 'the console with somebody received');

  for (const [opener, title] of [
    ['Pourquoi ?', 'Pourquoi ?'],
    ['Pause', 'Faire une pause'],
    ['Clavier', 'Clavier'],
    ['Mettre en attente', 'en attente'],
    ['Transférer', 'Transférer'],
    ['Rediriger', 'Rediriger'],
    ['Choisir un ticket', 'Choisir un ticket'],
    ['Rendez-vous', 'rendez-vous de'],
  ]) {
    await page.reload();
    await live(page);
    await tabTo(page, opener);
    await page.keyboard.press('Enter');
    await page.locator('#titre-panneau', { hasText: title }).waitFor();
    // The heading, where there is nothing to fill in.
    await until('the panel has the focus', () => page.evaluate(() => document.getElementById('panneau').contains(document.activeElement)));
    const now = await page.evaluate(seen);
    assert.match(now.focused, /^solid 3px/, `${title}: ${now.name}`);
    await walk(page, title);
  }
});
