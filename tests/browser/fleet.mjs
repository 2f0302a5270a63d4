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

/** Puts the table in another order by the link in a head, and answers the names as they then stand. */
async function sortedBy(page, head) {
  await page.getByRole('columnheader', { name: head }).getByRole('link').click();
  await page.waitForURL(/tri=/);
  return order(page);
}

for (const javaScriptEnabled of [true, false]) {
  hallTest(`the table is sorted by its heads ${javaScriptEnabled ? 'and stays so when it renews itself' : 'without scripts'}`, { clock: CLOCK }, async (hall) => {
    const second = await Borne.enrol(hall.server, 'Borne 02');
    await hall.borne.report();
    await second.report({ paper: 'out' });
    const page = await technician(hall, '/parc', { javaScriptEnabled });
    assert.deepEqual(await order(page), ['Borne 02', 'Borne 01'], 'alarms first');
    const heads = page.locator('th[aria-sort]');
    assert.equal(await heads.getAttribute('aria-sort'), 'descending');
    assert.deepEqual(await sortedBy(page, /^Borne/), ['Borne 01', 'Borne 02']);
    assert.deepEqual([await heads.count(), await heads.getAttribute('aria-sort')], [1, 'ascending']);
    assert.deepEqual(await sortedBy(page, /^Papier/), ['Borne 02', 'Borne 01']);
    await page.getByRole('link', { name: 'Papier : trier, le plus de papier d’abord' }).click();
    await page.waitForURL(/tri=papier&sens=asc/);
    assert.deepEqual(await order(page), ['Borne 01', 'Borne 02']);
    if (javaScriptEnabled) {
      await goLive(page, '/parc?tri=papier&sens=asc');
      await hall.borne.report({ clock_uncertain: true });
      await until('it is told', async () => (await page.textContent('tbody')).includes('Heure douteuse'), STREAM_MS);
      assert.deepEqual(await order(page), ['Borne 01', 'Borne 02'], 'it renewed itself in this order');
      await looksRight(page, 'parc-tri');
      await looksRightNarrow(page, 'parc-tri');
    } else {
      await fitsWidth(page, 'parc-tri-sans-script');
      await page.locator('noscript a', { hasText: 'Actualiser' }).click();
      assert.deepEqual(await order(page), ['Borne 01', 'Borne 02']);
    }
  });
}

hallTest('a screen of the hall that lets nothing sound is told, and that it is over', async (hall) => {
  await hall.borne.report({ panel: { bottom_mm: 890, height_mm: 476 } });
  const display = await hall.display('hall');
  await display.locator('#son').waitFor({ state: 'hidden' });
  const page = await technician(hall, '/parc');
  const alert = page.getByRole('heading', { name: 'Écrans d’appel sans son' });
  // Browsers let a page sound a moment after it opens: by then it has said so.
  await until('all is well', async () => (await page.locator('#resume').textContent()) === 'Tout va bien.', STREAM_MS);
  await display.evaluate(() => audio.suspend());
  await until('it is told', async () => (await alert.count()) === 1, STREAM_MS);
  await looksRight(page, 'parc-ecran-muet');
  await looksRightNarrow(page, 'parc-ecran-muet');
  await display.locator('#son').click();
  await until('it is over', async () => (await alert.count()) === 0, STREAM_MS);
  await page.getByRole('link', { name: 'Borne 01' }).first().click();
  await sees(page, 'de 900 mm à 1 220 mm du sol');
  await looksRight(page, 'parc-borne-hauteur');
  await page.getByRole('link', { name: 'Réglages…' }).click();
  await sees(page, 'Zone tactile');
  await looksRight(page, 'parc-reglages-hauteur');
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

hallTest('a borne is put in a ring, and its version goes on to the next one', { clock: CLOCK }, async (hall) => {
  const second = await Borne.enrol(hall.server, 'Borne du 1er étage');
  await hall.borne.report({ version: '0.2.0' });
  await second.report({ version: '0.1.0' });
  const third = await Borne.enrol(hall.server, 'Borne du 2e étage');
  const at = new Date(hall.server.now()).toISOString();
  await third.report({ version: '0.1.0', update: { version: '0.2.0', outcome: 'taken_back', at } });
  const page = await technician(hall, '/parc');
  await page.getByRole('link', { name: 'Mises à jour…' }).click();
  await looksRight(page, 'parc-mises-a-jour');
  for (const [name, ring] of [['Borne 01', 'Pilote'], ['Borne du 2e étage', 'Pilote'], ['Borne du 1er étage', 'En avance']]) {
    await hall.server.advance(1);
    await page.getByLabel(name).check();
    await page.getByLabel('Anneau', { exact: true }).selectOption({ label: ring });
    await page.getByRole('button', { name: 'Demander' }).click();
    await sees(page, 'La borne l’apprend à son prochain échange');
  }
  await sees(page, '1 sur 2 bornes la fait tourner sans alarme. 1 borne l’a essayée et reprise : regardez d’abord pourquoi.');
  await looksRight(page, 'parc-anneaux');
  await looksRightNarrow(page, 'parc-anneaux');
  await hall.server.advance(1);
  await page.getByRole('button', { name: 'Donner 0.2.0' }).click();
  const offers = page.getByRole('button', { name: 'Donner 0.2.0' });
  await until('it is asked for', async () => (await offers.count()) === 0, STREAM_MS);
  await sees(page, 'C’est demandé.');
});

hallTest('settings of a borne are compared, asked for and taken back', { clock: CLOCK }, async (hall) => {
  await hall.borne.report({ settings: { in_force: [{ key: 'audio.rate_wpm', value: '150', from: 'default' }] } });
  const page = await technician(hall, '/parc');
  await page.getByRole('link', { name: 'Borne 01' }).first().click();
  await page.getByRole('link', { name: 'Réglages…' }).click();
  await looksRight(page, 'parc-reglages');
  for (const [before, rate] of [['comme la machine le dit', '140'], ['140', '120']]) {
    await hall.server.advance(1);
    await page.getByLabel('Vitesse de la voix').fill(rate);
    await page.getByRole('button', { name: 'Voir ce qui change…' }).click();
    await sees(page, `${before} → ${rate}`);
    if (rate === '140') await looksRight(page, 'parc-reglages-difference');
    await hall.server.advance(1);
    await page.getByRole('button', { name: 'Demander ces réglages' }).click();
    await sees(page, `Vitesse de la voix : ${before} → ${rate}`);
  }
  await looksRight(page, 'parc-reglages-versions');
  await looksRightNarrow(page, 'parc-reglages-versions');
  await hall.server.advance(1);
  await page.getByRole('button', { name: 'Revenir à la version 1' }).click();
  await sees(page, 'Vitesse de la voix : 120 → 140');
  assert.equal(await page.getByLabel('Vitesse de la voix').inputValue(), '140');
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
  // The button is idle before the server has heard of it.
  await says('Attend la borne');
  const [picture] = await hall.borne.asked();
  await hall.borne.ends(picture, { result: 'failed', why: 'occupied' });
  await says('Quelqu’un est à la borne. Redemandez plus tard.');
  await looksRight(page, 'parc-demandes');
  await looksRightNarrow(page, 'parc-demandes');

  await page.getByRole('link', { name: 'Lire les lignes' }).click();
  await sees(page, 'the borne runs');
});
