// What is done on one page shows on another in time.

import assert from 'node:assert/strict';

import { called, free } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { hide, sees } from './lib/live.mjs';
import { until, within } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

hallTest('a call that is taken back leaves the screen within a second, and its person has the exact place again', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 3);
  const display = await hall.display('hall');
  const page = await hall.agent('Léa', '1');
  const order = async () => (await page.locator('#file').innerText()).match(/[A-Z]\s\d+/gu);
  const number = page.locator('#numero');
  await sees(page, 'File (3)');
  const before = await order();
  await page.keyboard.press('F2');
  await number.waitFor();
  const shown = display.locator('#appels .number', { hasText: /^A\s1$/u });
  await shown.waitFor();
  const undo = page.getByRole('button', { name: /^Annuler/u });
  await undo.waitFor();
  // From the press on: the hand's own way to the button is not the server's.
  const pressed = page.waitForRequest((request) => request.method() === 'POST');
  const clicked = undo.click();
  await pressed;
  await within('the screen is cleared', 1_000, () => shown.waitFor({ state: 'detached' }));
  await clicked;
  await sees(page, 'File (3)');
  assert.deepEqual(await order(), before);
  await free(page);
  // A second F2 at once would be a slip.
  await page.getByRole('button', { name: 'Appeler le suivant' }).click();
  assert.match(await called(page), /^A\s1$/u);
});

hallTest('a call for help reaches a tab in the background within two seconds, and is taken once', async (hall) => {
  const page = await hall.agent('Léa', '1');
  const other = await hall.agent('Sofiane', '2');
  await hide(page);
  await within('the tab’s title tells it', 2_000, async () => {
    await hall.borne.callForHelp();
    await until('the title', async () => (await page.title()).startsWith('(1) Aide demandée'));
  });
  const take = (agent) => agent.getByRole('button', { name: 'J’y vais' });
  await take(other).waitFor();
  await take(page).click();
  await take(other).waitFor({ state: 'detached' });
  await take(page).waitFor({ state: 'detached' });
  await until('the title is as before', async () => !(await page.title()).includes('Aide'));
});
