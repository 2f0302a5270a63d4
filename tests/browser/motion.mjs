// What moves on the hall's screens, in the frames that people see: how often it flashes, when it stands, and what keeps the
// panel from being burnt in.

import assert from 'node:assert/strict';

import { changes, flashesASecond, movements, parts, record } from './lib/frames.mjs';
import { hallTest } from './lib/hall.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';
const [FLASHES, MOTION_MS] = [3, 5_000];
const [SHIFT_MS, HOUR_MS] = [120_000, 3_600_000];

hallTest('in its frames a call flashes three times a second at most, and stands still after five', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall');
  // Its step against burn-in, every two minutes, is no motion and has a test of its own.
  await display.evaluate(() => SHIFTS.fill([0, 0]));
  const reader = await hall.page('about:blank');
  const page = await hall.agent('Léa', '1');
  let calledAt;
  const frames = await record(display, reader, 'main', async () => {
    await page.keyboard.press('F2');
    calledAt = await until('it flashes', () => display.evaluate(() => (document.querySelector('.frappe') ? announcedAt : null)));
    // The border goes 20 s after the flashes: until then nothing may move.
    await until('the border goes', () => display.evaluate(() => document.querySelector('.recent') === null));
  });
  const flashing = parts(frames).map(changes);
  const most = Math.max(...flashing.map(flashesASecond));
  const seen = Math.max(...flashing.map((times) => times.length));
  assert(seen >= 4, `the frames show ${seen} changes of brightness: they do not show the call`);
  assert(most <= FLASHES, `${most} flashes within a second`);
  const late = movements(frames).map((at) => at - calledAt).filter((ms) => ms > MOTION_MS);
  const borderMs = await display.evaluate(() => FLASH_MS + BORDER_MS);
  assert.deepEqual(late.filter((ms) => ms < borderMs), [], `what moves after ${MOTION_MS} ms`);
});

hallTest('the screen moves eight pixels every two minutes, whole at each place, and changes sides every hour', { clock: CLOCK }, async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall', { movable: true });
  const page = await hall.agent('Léa', '1');
  await page.keyboard.press('F2');
  await display.locator('#appels .number').waitFor();
  const place = () =>
    display.evaluate(() => {
      const { left, top, right, bottom } = document.getElementById('ecran').getBoundingClientRect();
      return { left, top, whole: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight };
    });

  // Time stands from just after a change on: each step is one.
  const now = await display.evaluate(() => Date.now());
  await display.clock.pauseAt(Math.ceil(now / SHIFT_MS) * SHIFT_MS + 1_000);
  const places = [];
  for (let n = 0; n < 5; n++) {
    places.push(await place());
    await display.clock.fastForward(SHIFT_MS);
  }
  assert(places.every(({ whole }) => whole), JSON.stringify(places));
  const steps = places.slice(1).map(({ left, top }, n) => Math.abs(left - places[n].left) + Math.abs(top - places[n].top));
  assert.deepEqual(steps, [8, 8, 8, 8], JSON.stringify(places));
  assert.equal(new Set(places.map(({ left, top }) => `${left} ${top}`)).size, 4, 'four places, then the first one again');

  const sides = () =>
    display.evaluate(() => {
      const middle = (name) => {
        const { left, right } = document.querySelector(`#appels .${name}`).getBoundingClientRect();
        return left + right;
      };
      return middle('number') < middle('counter') ? 'number first' : 'counter first';
    });
  const seen = [await sides()];
  for (let hour = 1; hour <= 2; hour++) {
    await hall.server.advance(HOUR_MS / 1000);
    await display.clock.fastForward(HOUR_MS);
    await until('it changes sides', async () => (await sides()) !== seen.at(-1));
    seen.push(await sides());
  }
  assert.equal(seen[0], seen[2]);
});
