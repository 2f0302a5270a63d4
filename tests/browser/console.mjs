// The console under hands: keyboard only, two at once, keys held down, double clicks.

import assert from 'node:assert/strict';

import { hallTest } from './lib/hall.mjs';
import { clickTwice, focused, hold, tabTo } from './lib/keys.mjs';
import { sees } from './lib/live.mjs';
import { PASSWORD } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

/** The number in large letters, once it is another than `before`. */
function nextNumber(page, before = null) {
  return until('another number is called', async () => {
    const shown = (await page.locator('#numero').allTextContents())[0];
    return shown !== undefined && shown !== before ? shown : null;
  });
}

/** The addresses that a page posts to from now on. */
function posts(page) {
  const seen = [];
  page.on('request', (request) => request.method() === 'POST' && seen.push(new URL(request.url()).pathname));
  return seen;
}

hallTest('an agent works a visit through without a mouse', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 2);
  hall.server.addPerson('Léa');
  const page = await hall.page('/');
  await tabTo(page, 'Aller au contenu');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Léa');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/poste');
  await tabTo(page, 'Choisir Guichet 1');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/guichet');

  await tabTo(page, 'Appeler le suivant');
  await page.keyboard.press('Enter');
  assert.match(await nextNumber(page), /^A\s1$/u);
  await hall.server.advance(6);
  await page.keyboard.press('F4');
  await sees(page, 'appel');
  await until('the second ring is told', async () => (await page.textContent('.current')).includes('2e appel'));
  await page.keyboard.press('F8');
  await sees(page, 'reçu depuis');
  await page.keyboard.press('F2');
  assert.match(await nextNumber(page, await page.textContent('#numero')), /^A\s2$/u);
  await page.keyboard.press('F8');
  await sees(page, 'reçu depuis');
  // A second F8 at once would be a slip.
  await tabTo(page, 'Terminer');
  await page.keyboard.press('Enter');
  await sees(page, 'Personne à ce guichet.');
});

hallTest('the focus stays where it was while the queue grows', async (hall) => {
  await hall.borne.issue('titres');
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (1)');
  await tabTo(page, 'Appeler le suivant');
  const before = await focused(page);
  await hall.borne.issue('titres');
  await sees(page, 'File (2)');
  assert.deepEqual(await focused(page), before);
});

hallTest('two agents who press F2 together twenty times call forty people once each', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 41);
  const agents = [await hall.agent('Léa', '1'), await hall.agent('Sofiane', '2')];
  const called = [];
  let numbers = [null, null];
  for (let round = 0; round < 20; round++) {
    await Promise.all(agents.map((page) => page.keyboard.press('F2')));
    numbers = await Promise.all(agents.map((page, n) => nextNumber(page, numbers[n])));
    called.push(...numbers);
    await Promise.all(agents.map((page) => page.keyboard.press('F8')));
    await Promise.all(agents.map((page) => sees(page, /Terminer .* et appeler le suivant/)));
    // Nobody may press for ever: five posts a second.
    await hall.server.advance(2);
  }
  assert.equal(new Set(called).size, 40, called.join(', '));
  await Promise.all(agents.map((page) => sees(page, 'File (1)')));
});

hallTest('the console works without JavaScript', async (hall) => {
  await hall.borne.issue('titres');
  const page = await hall.agent('Léa', '1', { javaScriptEnabled: false });
  await page.getByRole('button', { name: 'Appeler le suivant' }).click();
  assert.match(await nextNumber(page), /^A\s1$/u);
  await page.getByRole('button', { name: 'Démarrer' }).click();
  await sees(page, 'reçu depuis');
  await page.getByRole('button', { name: 'Terminer F8' }).click();
  await sees(page, 'Personne à ce guichet.');
});

hallTest('F2 held down makes one call', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 5);
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (5)');
  const sent = posts(page);
  await hold(page, 'F2');
  const first = await nextNumber(page);
  await sees(page, 'File (4)');
  await page.keyboard.press('F8');
  await sees(page, /Terminer .* et appeler le suivant/);
  await hold(page, 'F2');
  await nextNumber(page, first);
  await sees(page, 'File (3)');
  assert.deepEqual(sent, ['/guichet/appeler', '/guichet/demarrer', '/guichet/terminer']);
});

hallTest('a double click makes one call and starts nothing', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 5);
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (5)');
  const sent = posts(page);
  await clickTwice(page, page.getByRole('button', { name: 'Appeler le suivant' }));
  const first = await nextNumber(page);
  await sees(page, 'File (4)');
  assert.deepEqual(sent, ['/guichet/appeler']);

  // The answer may be there before the second click, and another button under the pointer.
  await page.keyboard.press('F8');
  await sees(page, /Terminer .* et appeler le suivant/);
  const button = page.getByRole('button', { name: /Terminer .* et appeler le suivant/ });
  await clickTwice(page, button, () => nextNumber(page, first));
  await sees(page, 'File (3)');
  await page.reload();
  await sees(page, 'appelé depuis');
  assert.deepEqual(sent, ['/guichet/appeler', '/guichet/demarrer', '/guichet/terminer']);
});

hallTest('a tab shows where it is once another one has gone to another counter', async (hall) => {
  await hall.borne.issue('titres', 1);
  const page = await hall.agent('Léa', '1');
  const other = await page.context().newPage();
  await other.goto('/poste');
  await other.locator('form', { has: other.locator('input[name=counter][value="2"]') }).getByRole('button').click();
  await other.waitForURL('**/guichet');
  await until('the first tab names counter 2', async () => (await page.textContent('#ou')).includes('Guichet 2'));
  await until('its forms do too', async () => (await page.inputValue('#quitter input[name=counter]')) === '2');
  await page.bringToFront();
  await page.keyboard.press('F2');
  assert.match(await nextNumber(page), /^A\s1$/u);
  await other.bringToFront();
  assert.match(await nextNumber(other), /^A\s1$/u);
});
