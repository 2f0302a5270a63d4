// The console in each of its states: what axe says of it, whether it fits, and how it looks (target/pages/console-*.png).

import assert from 'node:assert/strict';

import { called, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { live, nextStream, sees } from './lib/live.mjs';
import { fitsWidth, looksRight, passesAxe, picture } from './lib/look.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T11:20:00+01:00';
const WHO = [{}, { priority: true }, { lang: 'ar' }, {}, { appointment: '2026-11-21T12:00:00+01:00' }, { group: 3 }];

/** Thirty people who came one after the other, the first 52 minutes ago, some of them with something to say. */
async function crowd(hall, n = 30) {
  const given = [];
  for (let k = 0; k < n; k++) {
    given.push(...(await hall.borne.issue(k % 3 === 2 ? 'retrait' : 'titres', 1, WHO[k % WHO.length])));
    await hall.server.advance((52 * 60) / n);
  }
  return given;
}

hallTest('every state of the console passes axe and fits', { clock: CLOCK }, async (hall) => {
  const page = await hall.agent('Léa Martin', '1');
  await sees(page, 'Personne n’attend');
  await looksRight(page, 'console-vide');

  await crowd(hall);
  await sees(page, 'File (30)');
  await page.reload();
  await live(page);
  await sees(page, 'trop long');
  await looksRight(page, 'console-file-30');

  await page.getByRole('link', { name: 'Pourquoi ?' }).click();
  await sees(page, 'Décidé à');
  await looksRight(page, 'console-pourquoi');
  await page.keyboard.press('Escape');

  await page.keyboard.press('F2');
  // For 10 s only: before anything else is waited for.
  await sees(page, 'Annuler');
  await called(page);
  await sees(page, 'Appelé depuis');
  await looksRight(page, 'console-appele');

  await page.keyboard.press('F8');
  await received(page);
  await sees(page, 'Reçu depuis');
  await looksRight(page, 'console-recu');

  await page.getByRole('link', { name: 'Transférer' }).click();
  await sees(page, 'Place dans la file');
  await looksRight(page, 'console-transfert');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Rediriger' }).click();
  await sees(page, 'Quelle est la bonne');
  await looksRight(page, 'console-rediriger');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Mettre en attente' }).click();
  await page.getByRole('button', { name: 'Photocopie' }).waitFor();
  await looksRight(page, 'console-attente');
  await page.getByRole('button', { name: 'Photocopie' }).click();
  await sees(page, 'En attente ici (1)');
  await hall.server.advance(16 * 60);
  await hall.borne.callForHelp();
  await hall.borne.tell([{ type: 'device_changed', device: 'printer', condition: 'paper_low' }]);
  await sees(page, 'demande de l’aide');
  await page.reload();
  await live(page);
  await sees(page, 'À reprendre');
  await looksRight(page, 'console-aide');

  await page.getByRole('link', { name: 'Choisir un ticket' }).click();
  await page.getByLabel('Numéro').fill('Z 1');
  await page.getByLabel('Raison').selectOption('fragile');
  await page.getByRole('button', { name: 'Appeler ce numéro' }).click();
  await sees(page, 'Aucun numéro');
  await looksRight(page, 'console-refus');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Clavier' }).click();
  await sees(page, 'Utiliser aussi les lettres');
  await looksRight(page, 'console-clavier');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Repas' }).click();
  await sees(page, 'En pause depuis');
  await looksRight(page, 'console-pause');
});

hallTest('every panel passes axe and fits, beside the queue and as a page of its own', { clock: CLOCK }, async (hall) => {
  const page = await hall.agent('Léa Martin', '1');
  for (const slot of ['11:15', '11:20']) await hall.borne.issue('titres', 1, { appointment: `2026-11-21T${slot}:00+01:00` });
  await sees(page, 'File (2)');
  await page.getByRole('link', { name: /Rendez-vous 11.h.15/ }).click();
  await sees(page, 'le rendez-vous est gardé');
  await looksRight(page, 'console-rendez-vous');
  await page.keyboard.press('Escape');
  await page.keyboard.press('F2');
  await called(page);
  await page.keyboard.press('F8');
  await received(page);

  const panels = await page.locator('a[hx-target="#panneau"]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const shown = new Set();
  for (const href of panels) {
    const [, name] = href.match(/^\/guichet\/([a-z-]+)/);
    if (shown.has(name)) continue;
    shown.add(name);
    await page.goto(href);
    await page.getByRole('link', { name: 'Fermer' }).waitFor();
    await looksRight(page, `panneau-${name}`);
  }
  assert.deepEqual([...shown].sort(), ['attente', 'choisir', 'clavier', 'pause', 'pourquoi', 'rediriger', 'rendez-vous', 'transferer']);
});

hallTest('the console is whole at 320 pixels, at 200 %, in the dark and on the counter’s page', { clock: CLOCK }, async (hall) => {
  await crowd(hall, 8);
  for (const [name, options] of [
    ['320', { viewport: { width: 320, height: 640 } }],
    ['200', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
    ['sombre', { colorScheme: 'dark' }],
  ]) {
    const page = await hall.agent(`Agent ${name}`, undefined, options);
    await looksRight(page, `poste-${name}`);
    await page.getByRole('button', { name: 'Choisir Guichet 1' }).click();
    await page.waitForURL('**/guichet');
    await live(page);
    await page.keyboard.press('F2');
    await called(page);
    await looksRight(page, `console-${name}`);
    await page.getByRole('link', { name: 'Transférer' }).click();
    await sees(page, 'Place dans la file');
    await looksRight(page, `console-${name}-transfert`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('F8');
    await received(page);
    await page.locator('#b-f8').click();
    await sees(page, 'Personne à ce guichet.');
    await page.getByRole('button', { name: 'Quitter le guichet' }).click();
    await page.waitForURL('**/poste');
  }
});

hallTest('a line that is cut is told after 10 s, and at 45 s to call aloud', { clock: CLOCK }, async (hall) => {
  await crowd(hall, 4);
  const page = await hall.agent('Léa', '1', { movable: true });
  await sees(page, 'En direct');
  await page.clock.fastForward(4_000);
  assert.equal(await page.locator('#coupure').isVisible(), false);
  await hall.server.kill();
  await page.clock.fastForward(11_000);
  await sees(page, 'Connexion interrompue. Vous pouvez continuer');
  await picture(page, 'console-coupure-10');
  await page.clock.fastForward(36_000);
  await sees(page, 'Appelez à voix haute');
  await passesAxe(page);
  await fitsWidth(page);
  await picture(page, 'console-coupure-45');
  // The page asks again by its own clock, perhaps as soon as the server answers.
  const back = nextStream(page);
  await Promise.all([back, hall.server.start().then(() => page.clock.runFor(5_000))]);
  await until('the bar has gone', async () => !(await page.locator('#coupure').isVisible()));
});
