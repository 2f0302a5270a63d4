// The server's end and its return, as open pages see them.

import assert from 'node:assert/strict';
import { get } from 'node:http';

import { called, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { goLive, nextStream, sees } from './lib/live.mjs';
import { looksRight } from './lib/look.mjs';
import { until, within } from './lib/wait.mjs';

const BACK_MS = 5_000;
const END_MS = 3_000;

hallTest('after a power cut console and display are live within 5 s, and nothing rings twice', async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall');
  const page = await hall.agent('Léa', '1');
  await page.keyboard.press('F2');
  await until('the first call is announced', async () => (await display.rung()).length === 1);

  await hall.server.kill();
  const now = () => performance.now();
  const streams = [nextStream(page), nextStream(display)];
  // How long a program takes to start is the machine's affair; how soon pages ask again is ours.
  const [up, ...back] = await Promise.all([hall.server.start(), ...streams].map((done) => done.then(now)));
  assert(Math.max(...back) - up <= BACK_MS, `coming back took ${Math.round(Math.max(...back) - up)} ms`);

  // What happens from now on is seen at once, without anybody touching anything.
  await hall.borne.issue('titres', 1);
  await within('the new ticket', BACK_MS, () => sees(page, 'File (2)'));
  await called(page);
  await page.keyboard.press('F8');
  await received(page);
  await page.keyboard.press('F2');
  await until('the second call is announced', async () => (await display.rung()).length > 1);
  assert.deepEqual(await display.rung(), ['A 1', 'A 2']);
});

hallTest('a console whose line is cut says so after 10 s, and after 45 s what to do', async (hall) => {
  const page = await hall.agent('Léa', '1', { movable: true });
  await hall.server.kill();
  await page.clock.fastForward(11_000);
  await sees(page, 'Connexion interrompue. Vous pouvez continuer');
  await page.clock.fastForward(35_000);
  await sees(page, 'Appelez à voix haute ; notez les numéros.');
});

for (const [name, role] of [['salle', 'supervisor'], ['accueil', 'reception']]) {
  hallTest(`/${name} says that its line is cut, until it is back`, async (hall) => {
    await hall.borne.issue('titres', 3);
    const page = await hall.agent('Inès', undefined, { role, movable: true });
    await goLive(page, `/${name}`);
    const cut = page.locator('#coupure');
    assert.equal(await cut.isVisible(), false);
    await hall.server.kill();
    await page.clock.fastForward(11_000);
    await sees(page, 'Connexion interrompue. Ce qui est affiché date d’avant');
    await looksRight(page, `${name}-coupure`);
    await page.setViewportSize({ width: 360, height: 740 });
    await looksRight(page, `${name}-coupure-etroit`);
    await Promise.all([nextStream(page), hall.server.start().then(() => page.clock.runFor(5_000))]);
    await cut.waitFor({ state: 'hidden' });
  });
}

hallTest('a screen that is opened twice lives on its newer page, and on the older one once that is closed', async (hall) => {
  const older = await hall.display('hall', { movable: true });
  const newer = await older.context().newPage();
  await newer.goto('/a/hall');
  await until('the newer page has been told of the hall', () => newer.evaluate(() => knows));
  await sees(older, 'Écran repris par une autre page');
  // It asks now and then whether its place is free, and takes nothing back.
  const asked = older.waitForResponse((answer) => answer.url().endsWith('/flux?attend=true') && answer.status() === 409);
  await older.clock.fastForward(16_000);
  await asked;
  await sees(older, 'Écran repris par une autre page');
  assert(await newer.locator('#alerte').isHidden(), 'the newer page has its stream still');
  await newer.close();
  await until('the older page gets its place', async () => {
    const answered = older.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith('/flux'));
    await older.clock.fastForward(16_000);
    return (await answered).ok();
  });
  await until('it shows what it is told', () => older.locator('#alerte').isHidden());
});

hallTest('with fifty open streams the server ends within 3 s of being asked', async (hall) => {
  // A screen has one stream; whoever sits at a counter has one for each of their pages.
  const agent = await hall.agent('Léa', '1');
  await hall.display('hall');
  const cookie = (await agent.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const streams = await Promise.all(Array.from({ length: 50 }, () => open(`${hall.server.url}/guichet/flux`, { cookie })));
  let how;
  const tookMs = await within('the end', END_MS, async () => (how = await hall.server.stop()));
  assert.deepEqual(how, { code: 0, signal: null });
  await Promise.all(streams.map((stream) => stream.ended));
  console.log(`ended after ${Math.round(tookMs)} ms`);
});

/** A stream that has brought its first event; `ended` once the server has closed it. */
function open(url, headers) {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers }, (answer) => {
      const ended = new Promise((done) => answer.on('close', done));
      answer.once('data', () => resolve({ ended }));
      answer.on('error', () => {});
    });
    asked.on('error', reject);
  });
}
