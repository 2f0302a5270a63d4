// The console's letters, which an agent may turn on, and what it says aloud.

import assert from 'node:assert/strict';

import { called, free, posts, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { sees, settled } from './lib/live.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';
const SAY_EVERY_MS = 3_000;

/** Ticks or unticks the letters on the keyboard's panel. */
async function letters(page, on) {
  await page.getByRole('link', { name: 'Clavier' }).click();
  await page.getByLabel('Utiliser aussi les lettres').setChecked(on);
  await page.keyboard.press('Escape');
  await page.locator('#lettres').waitFor({ state: 'detached' });
}

hallTest('letters do nothing until they are turned on, nor while somebody writes, nor once they are turned off', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 5);
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (5)');
  const sent = posts(page);
  for (const letter of ['s', 'd', 'r', 'a', 't', 'S']) await page.keyboard.press(letter);
  await settled(page);
  assert.deepEqual(sent, []);

  await letters(page, true);
  await free(page);
  // The browser's own shortcuts stay its own.
  await page.evaluate(() => {
    for (const held of ['ctrlKey', 'altKey', 'metaKey', 'shiftKey']) {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', [held]: true, bubbles: true }));
    }
  });
  await page.keyboard.press('s');
  const first = await called(page);
  await hall.server.advance(6);
  await page.keyboard.press('r');
  await until('it rings again', async () => (await page.textContent('.current')).includes('2e appel'));
  await page.keyboard.press('d');
  await received(page);
  assert.deepEqual(sent, ['/guichet/appeler', '/guichet/rappeler', '/guichet/demarrer']);

  // In a field a letter is a letter.
  await page.getByRole('link', { name: 'Choisir un ticket' }).click();
  const label = page.getByLabel('Numéro');
  await label.waitFor();
  await label.pressSequentially('tsdra');
  assert.equal(await label.inputValue(), 'tsdra');
  await page.keyboard.press('Escape');
  await settled(page);
  assert.equal(sent.length, 3);

  // This computer remembers.
  await page.reload();
  await received(page);
  await page.keyboard.press('t');
  await free(page);
  assert.deepEqual(sent.slice(3), ['/guichet/terminer']);

  await letters(page, false);
  for (const letter of ['s', 'd', 'r', 'a', 't']) await page.keyboard.press(letter);
  await page.keyboard.press('F2');
  assert.notEqual(await called(page, first), first);
  assert.deepEqual(sent.slice(4), ['/guichet/appeler']);
});

hallTest('what acts do is said aloud, one sentence in three seconds at most, the last one always', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 5);
  const page = await hall.agent('Léa', '1');
  await sees(page, 'File (5)');
  await page.evaluate(() => {
    window.heard = [];
    const place = document.getElementById('annonce');
    new MutationObserver(() => window.heard.push({ text: place.textContent, at: performance.now() })).observe(place, { childList: true, characterData: true, subtree: true });
  });
  let number = null;
  for (let n = 0; n < 3; n++) {
    await page.keyboard.press('F2');
    number = await called(page, number);
    await page.keyboard.press('F8');
    await received(page);
    await hall.server.advance(2);
  }
  const last = await page.textContent('#dernier');
  const heard = await until('the last sentence is said', async () => {
    const all = await page.evaluate(() => window.heard);
    return all.at(-1)?.text === last.trim() ? all : null;
  });
  assert(heard.length >= 2, JSON.stringify(heard));
  // A timer may be a moment early.
  heard.slice(1).forEach(({ at, text }, n) => assert(at - heard[n].at >= SAY_EVERY_MS - 5, `${text}, ${at - heard[n].at} ms after « ${heard[n].text} »`));
  assert.equal(await page.getByRole('status').and(page.locator('#annonce')).count(), 1, 'and politely');
});
