// The console under hands: keyboard only, two at once, keys held down, double clicks.

import assert from 'node:assert/strict';

import { called, free, posts, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { clickTwice, focused, hold, tabTo } from './lib/keys.mjs';
import { live, sees, settled } from './lib/live.mjs';
import { PASSWORD } from './lib/server.mjs';
import { STREAM_MS, until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

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
  await live(page);

  await tabTo(page, 'Appeler le suivant');
  await page.keyboard.press('Enter');
  const first = await called(page);
  assert.match(first, /^A\s1$/u);
  await hall.server.advance(6);
  await page.keyboard.press('F4');
  await until('the second ring is told', async () => (await page.textContent('.current')).includes('2e appel'));
  await page.keyboard.press('F8');
  await received(page);
  await page.keyboard.press('F2');
  assert.match(await called(page, first), /^A\s2$/u);
  await page.keyboard.press('F8');
  await received(page);
  // A second F8 at once would be a slip.
  await tabTo(page, 'Terminer F8');
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
  await sees(page, 'File (2)', STREAM_MS);
  await settled(page);
  assert.deepEqual(await focused(page), before);
});

hallTest('two agents who press F2 together twenty times call forty people once each', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 41);
  const agents = [await hall.agent('Léa', '1'), await hall.agent('Sofiane', '2')];
  await Promise.all(agents.map(free));
  const all = [];
  let numbers = [null, null];
  for (let round = 0; round < 20; round++) {
    await Promise.all(agents.map((page) => page.keyboard.press('F2')));
    numbers = await Promise.all(agents.map((page, n) => called(page, numbers[n])));
    all.push(...numbers);
    await Promise.all(agents.map((page) => page.keyboard.press('F8')));
    await Promise.all(agents.map(received));
    // Nobody may press for ever: five posts a second.
    await hall.server.advance(2);
  }
  assert.equal(new Set(all).size, 40, all.join(', '));
  await Promise.all(agents.map((page) => sees(page, 'File (1)')));
});

hallTest('the console works without JavaScript', async (hall) => {
  await hall.borne.issue('titres');
  const page = await hall.agent('Léa', '1', { javaScriptEnabled: false });
  await page.getByRole('button', { name: 'Appeler le suivant' }).click();
  assert.match(await called(page), /^A\s1$/u);
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
  const first = await called(page);
  await sees(page, 'File (4)');
  await page.keyboard.press('F8');
  await received(page);
  await hold(page, 'F2');
  await called(page, first);
  await sees(page, 'File (3)');
  await settled(page);
  assert.deepEqual(sent, ['/guichet/appeler', '/guichet/demarrer', '/guichet/terminer']);
});

hallTest('a press that finds nothing to do does not cost the next one', async (hall) => {
  await hall.borne.issue('titres');
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (1)');
  const idle = (told) => page.evaluate((told) => document.getElementById('b-f2').setAttribute('aria-disabled', told), told);
  await idle('true');
  await page.keyboard.press('F2');
  await idle('false');
  await page.keyboard.press('F2');
  assert.match(await called(page), /^A\s1$/u);
});

hallTest('a double click makes one call and starts nothing', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 5);
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (5)');
  const sent = posts(page);
  await clickTwice(page, page.getByRole('button', { name: 'Appeler le suivant' }));
  const first = await called(page);
  await sees(page, 'File (4)');
  await settled(page);
  assert.deepEqual(sent, ['/guichet/appeler']);

  // The answer may be there before the second click, and another button under the pointer.
  await page.keyboard.press('F8');
  await received(page);
  const button = page.getByRole('button', { name: /Terminer .* et appeler le suivant/ });
  await clickTwice(page, button, () => called(page, first));
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
  for (const form of ['#quitter', '#f2']) {
    await until(`${form} does too`, async () => (await page.inputValue(`${form} input[name=ici]`)).endsWith('.2'));
  }
  await page.bringToFront();
  await free(page);
  await page.keyboard.press('F2');
  assert.match(await called(page), /^A\s1$/u);
  await other.bringToFront();
  assert.match(await called(other), /^A\s1$/u);
});
