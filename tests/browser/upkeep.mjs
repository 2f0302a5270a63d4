// What keeps a site going with others and without losing anything: keys for programs, webhooks, copies of the store.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

import { hallTest } from './lib/hall.mjs';
import { sees } from './lib/live.mjs';
import { looksRight } from './lib/look.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

/** Presses a button of these pages, which take one post a second from a person. */
async function press(hall, page, name) {
  await hall.server.advance(1);
  await page.getByRole('button', { name }).click();
}

/** Somebody who administers, at a page. */
async function administrator(hall, path) {
  const page = await hall.agent('Inès', undefined, { role: 'administrator' });
  await page.goto(path);
  return page;
}

/** The same page on a telephone. */
async function looksRightNarrow(page, name) {
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, `${name}-etroit`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

hallTest('a key is made, shown once, used by a program, and closed', { clock: CLOCK }, async (hall) => {
  const page = await administrator(hall, '/admin/cles');
  await sees(page, 'Aucune clé pour l’instant.');
  await looksRight(page, 'cles-vide');
  await page.getByLabel('Logiciel').fill('Agenda de la mairie');
  await press(hall, page, 'Créer la clé');
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Logiciel').inputValue(), 'Agenda de la mairie', 'what was typed stays');
  await looksRight(page, 'cles-refusee');
  await page.locator('input[name=scope][value="hall:read"]').check();
  await press(hall, page, 'Créer la clé');
  const secret = (await page.locator('.made .secret').textContent()).trim();
  await looksRight(page, 'cles-creee');
  await looksRightNarrow(page, 'cles-creee');
  const ask = () => fetch(`${hall.server.url}/api/v1/services`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await ask()).status, 200);

  await page.goto('/admin/cles');
  assert(!(await page.content()).includes(secret), 'it is shown once');
  await press(hall, page, 'Fermer la clé de Agenda de la mairie');
  await until('it is closed', async () => (await page.locator('td .state').textContent()).includes('Fermée'));
  assert.equal((await ask()).status, 401);
  await looksRight(page, 'cles-fermee');
});

hallTest('a webhook is added, tried, signed with the secret that was shown, suspended and taken away', { clock: CLOCK, settings: '[hooks]\nallowed_networks = ["127.0.0.0/8"]\n' }, async (hall) => {
  const got = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      got.push({ body, signature: request.headers['x-accueil-signature'] });
      response.writeHead(got.length === 1 ? 500 : 204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    const page = await administrator(hall, '/admin/webhooks');
    await sees(page, 'Aucune adresse pour l’instant.');
    await looksRight(page, 'webhooks-vide');
    await page.getByLabel('Adresse', { exact: true }).fill(`http://127.0.0.1:${receiver.address().port}/tickets`);
    await press(hall, page, 'Ajouter');
    const secret = (await page.locator('.made .secret').textContent()).trim();
    await looksRight(page, 'webhooks-ajoute');
    await looksRightNarrow(page, 'webhooks-ajoute');
    await page.locator('table a').click();
    await sees(page, 'Rien n’a encore été envoyé.');
    await looksRight(page, 'webhook');
    // The first answer is a failure, which is told; the second one is good.
    await press(hall, page, 'Envoyer un essai');
    await page.getByRole('alert').waitFor();
    await looksRight(page, 'webhook-echec');
    await press(hall, page, 'Envoyer un essai');
    await page.getByRole('status').waitFor();
    await hall.borne.issue('titres', 2);
    await until('two tickets are told', () => got.length >= 4);
    for (const { body, signature } of got) {
      const [, at, sum] = signature.match(/^t=(\d+),v1=([0-9a-f]{64})$/);
      assert.equal(createHmac('sha256', Buffer.from(secret, 'hex')).update(`${at}.${body}`).digest('hex'), sum);
    }
    await until('both stand in the list', async () => {
      await page.reload();
      return (await page.locator('tbody tr').count()) >= 2;
    });
    await looksRight(page, 'webhook-envois');
    await looksRightNarrow(page, 'webhook-envois');
    await press(hall, page, 'Suspendre');
    await sees(page, 'Suspendue depuis le');
    await press(hall, page, 'Supprimer');
    await sees(page, 'Aucune adresse pour l’instant.');
  } finally {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  }
});

hallTest('without a folder the page of copies says what to write where', async (hall) => {
  const page = await administrator(hall, '/admin/sauvegardes');
  await sees(page, 'Aucune sauvegarde n’a encore été faite.');
  await looksRight(page, 'sauvegardes-sans-dossier');
});

const COPIED = { settings: '[backup]\nfolder = "copies"\n', clock: '2026-11-21T09:42:00+01:00' };

hallTest('copies are made, restored apart and compared, one an hour at most', COPIED, async (hall) => {
  const address = '/admin/sauvegardes';
  const page = await administrator(hall, address);
  const again = (at) => at.getByRole('button', { name: 'Faire une sauvegarde maintenant' });
  const checked = (at) => at.locator('tbody tr', { has: at.locator('.state[data-state=good]') });
  const copies = (at, count) =>
    until(`${count} copies are checked`, async () => {
      await at.goto(address);
      return (await checked(at).count()) === count;
    });
  // None was made yet today: a server that starts makes one.
  await copies(page, 1);
  await hall.borne.issue('titres', 3);
  await again(page).click();
  await sees(page, 'il y a moins d’une heure');
  await looksRight(page, 'sauvegardes-refusee');
  await page.close();

  await hall.server.advance(3_601);
  const later = await administrator(hall, address);
  // Who goes elsewhere at once has sent nothing.
  const sent = later.waitForResponse((answer) => answer.request().method() === 'POST');
  await again(later).click();
  await sent;
  await copies(later, 2);
  assert.equal(await checked(later).first().locator('td.figure').first().textContent(), '3', 'the newest one holds all events');
  await looksRight(later, 'sauvegardes-faites');
  await looksRightNarrow(later, 'sauvegardes-faites');
});
