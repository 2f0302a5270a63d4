// The bornes for whoever sees to them: alarms first, live without a reload, whole without scripts; a borne comes and goes.

import assert from 'node:assert/strict';

import { Borne } from './lib/borne.mjs';
import { hallTest } from './lib/hall.mjs';
import { goLive, sees } from './lib/live.mjs';
import { fitsWidth, looksRight } from './lib/look.mjs';
import { STREAM_MS, until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

/** Somebody who sees to the bornes, at a page. */
async function technician(hall, path, options = {}) {
  const page = await hall.agent('Tom', undefined, { role: 'technician', ...options });
  await (path === '/parc' && options.javaScriptEnabled !== false ? goLive(page, path) : page.goto(path));
  return page;
}

/** The same page on a telephone. */
async function looksRightNarrow(page, name) {
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, `${name}-etroit`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** The names of the bornes, in the order in which they stand. */
const order = (page) => page.locator('tr[id^="b-"] th a').allTextContents();

hallTest('the bornes are live, alarms first, and silence is never well', { clock: CLOCK }, async (hall) => {
  const well = hall.borne;
  const ill = await Borne.enrol(hall.server, 'Borne du 1er étage');
  const page = await technician(hall, '/parc');
  await sees(page, 'jamais vue');
  await looksRight(page, 'parc-neuf');
  await well.report();
  const broken = {
    paper: 'out',
    unknown_prints: 2,
    devices: [{ kind: 'printer', condition: 'cover_open' }, { kind: 'scanner', condition: 'gone' }, { kind: 'sound', condition: 'offline' }],
    unsent: 240,
    oldest_unsent: new Date(hall.server.now() - 65 * 60 * 1000).toISOString(),
    clock_uncertain: true,
    disk: { free: 400_000_000, total: 15_600_000_000 },
  };
  await ill.report(broken);
  await until('the alarms are shown', async () => (await page.textContent('#etat')).includes('Plus de papier'), STREAM_MS);
  assert.deepEqual(await order(page), ['Borne du 1er étage', 'Borne 01']);
  await looksRight(page, 'parc');
  await looksRightNarrow(page, 'parc');
  await page.getByRole('link', { name: 'Borne du 1er étage' }).first().click();
  await sees(page, 'Capot ouvert');
  await looksRight(page, 'parc-borne');
  await looksRightNarrow(page, 'parc-borne');

  await goLive(page, '/parc');
  await hall.server.advance(12 * 60);
  await until('both are offline', async () => (await page.getByText('Hors ligne').count()) >= 2, STREAM_MS);
  assert.equal(await page.getByText('En ligne').count(), 0);
  await looksRight(page, 'parc-hors-ligne');
});

hallTest('a borne is enrolled by its code, and retired by its name', { clock: CLOCK }, async (hall) => {
  const page = await technician(hall, '/parc');
  await page.getByRole('link', { name: 'Enrôler une borne…' }).click();
  await looksRight(page, 'parc-enroler');
  await page.getByLabel('Nom de la borne (facultatif)').fill('Borne de secours');
  await page.getByRole('button', { name: 'Faire un code' }).click();
  const command = (await page.locator('.made .secret').textContent()).trim();
  assert.match(command, /^sudo -u borne borne enrol [A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  await sees(page, 'Borne de secours');
  await looksRight(page, 'parc-enroler-code');
  await looksRightNarrow(page, 'parc-enroler-code');

  await page.goto('/parc');
  await page.getByRole('link', { name: 'Borne 01' }).first().click();
  await hall.server.advance(1);
  await page.getByLabel('Écrivez son nom pour confirmer').fill('Borne 02');
  await page.getByRole('button', { name: 'Retirer cette borne' }).click();
  await page.getByRole('alert').waitFor();
  await looksRight(page, 'parc-retirer-refuse');
  await hall.server.advance(1);
  await page.getByLabel('Écrivez son nom pour confirmer').fill('Borne 01');
  await page.getByRole('button', { name: 'Retirer cette borne' }).click();
  await sees(page, 'Cette borne a été retirée');
  await looksRight(page, 'parc-retiree');
});

hallTest('without scripts the page is whole', { clock: CLOCK }, async (hall) => {
  await hall.borne.report({ paper: 'low' });
  const page = await technician(hall, '/parc', { javaScriptEnabled: false });
  await sees(page, 'Papier bientôt fini');
  assert((await page.content()).includes('Cette page ne se met pas à jour toute seule.'));
  await fitsWidth(page, 'parc-sans-script');
  await page.getByRole('link', { name: 'Borne 01' }).first().click();
  await sees(page, 'Changez bientôt le rouleau.');
  await fitsWidth(page, 'parc-borne-sans-script');
});

hallTest('a borne is asked from afar, once, and its answers come by themselves', { clock: CLOCK }, async (hall) => {
  const page = await technician(hall, '/parc');
  await goLive(page, `/parc/${hall.borne.id}`);
  const asked = page.locator('#demandes dl');
  const ask = async (name) => {
    await hall.server.advance(1);
    await page.getByRole('button', { name }).click();
    await page.getByRole('button', { name, disabled: true }).waitFor();
  };
  const says = (text) => until(text, async () => (await asked.textContent()).includes(text), STREAM_MS);

  await ask('Lire le journal');
  await says('Attend la borne');
  await looksRight(page, 'parc-demande');
  const [logs, ...others] = await hall.borne.asked();
  assert.deepEqual([logs.what, others.length], ['logs', 0]);
  await hall.borne.takes(logs);
  await says('Reçue par la borne');
  await hall.borne.ends(logs, { result: 'logs', text: 'INFO the borne runs\n' });
  await says('Faite');

  await ask('Voir l’écran');
  const [picture] = await hall.borne.asked();
  await hall.borne.ends(picture, { result: 'failed', why: 'occupied' });
  await says('Quelqu’un est à la borne. Redemandez plus tard.');
  await looksRight(page, 'parc-demandes');
  await looksRightNarrow(page, 'parc-demandes');

  await page.getByRole('link', { name: 'Lire les lignes' }).click();
  await sees(page, 'the borne runs');
});
