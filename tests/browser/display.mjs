// The hall's screens: layouts, announcements, what they do without a server, how large their letters are.

import assert from 'node:assert/strict';

import { called, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { isKept, nextStream, sees } from './lib/live.mjs';
import { looksRight, picture } from './lib/look.mjs';
import { until } from './lib/wait.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';
const [FLASH_MS, ANNOUNCE_MS] = [4_000, 6_000];
/** What a 43-inch panel is wide. */
const PANEL_MM = 952;

/** The catalogue with a display more. */
const withDisplay = (id, rest) => (text) =>
  text.replace('[survey]', `[[display]]\nid = "${id}"\nname = { fr = "${id}" }\n${rest}\n\n[survey]`);

async function agents(hall, counters) {
  const pages = [];
  for (const counter of counters) pages.push(await hall.agent(`Agent ${counter}`, counter));
  return pages;
}

const call = (page) => page.keyboard.press('F2');
/** Moves a display's time on, second by second, until it has announced so much; answers that, and the rows that it then has. */
const announced = (display, n) =>
  until(`announcement ${n}`, async () => {
    const now = await display.evaluate(() => ({
      rung: window.rung.map(({ label }) => label),
      shown: [...document.querySelectorAll('#appels li .number')].map((cell) => cell.textContent),
    }));
    if (now.rung.length >= n) return { rung: now.rung, shown: now.shown.map(plain) };
    await display.clock.fastForward(1_000);
    return null;
  });
const rows = (display) => display.locator('#appels li .number').allTextContents();
const plain = (text) => text.replaceAll('\u00a0', ' ');

hallTest(
  'five calls in three seconds are five announcements, none cut, and a recall rings',
  { clock: CLOCK, catalogue: (text) => text.replace('[[display]]', '[[counter]]\nid = "5"\nname = { fr = "Guichet 5" }\nservices = ["titres"]\n\n[[display]]') },
  async (hall) => {
    await hall.borne.issue('titres', 5);
    const display = await hall.display('hall', { movable: true });
    const pages = await agents(hall, ['1', '2', '4', '5']);
    await Promise.all(pages.map(call));
    const first = (await Promise.all(pages.map((page) => called(page))))[0];
    await pages[0].keyboard.press('F8');
    await received(pages[0]);
    await call(pages[0]);
    await called(pages[0], first);
    for (let n = 1; n <= 5; n++) {
      // The number that is announced is on the screen, whatever came after it.
      const { rung, shown } = await announced(display, n);
      assert(shown.includes(rung.at(-1)), rung.at(-1));
    }
    assert.deepEqual((await display.rung()).sort(), ['A 1', 'A 2', 'A 3', 'A 4', 'A 5']);
    const at = await display.rungAt();
    at.slice(1).forEach((next, n) => assert(next - at[n] >= ANNOUNCE_MS, `one at a time: ${at.join(', ')}`));
    // A number is not rung again within 5 s.
    await hall.server.advance(6);
    await pages[1].keyboard.press('F4');
    const { rung } = await announced(display, 6);
    assert(rung.slice(0, 5).includes(rung[5]));
  },
);

hallTest('a call flashes once a second for four seconds, then stands still; with less motion it never moves', async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall');
  const still = await hall.display('hall', { reducedMotion: 'reduce' });
  const page = await hall.agent('Léa', '1');
  const moving = () => document.getAnimations().map((one) => one.effect.getComputedTiming());
  // Read as soon as it flashes: it does so for 4 s, whatever this machine does meanwhile.
  await display.evaluate(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.frappe')) return;
      observer.disconnect();
      window.flashing = document.getAnimations().map((one) => one.effect.getComputedTiming());
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await call(page);
  const [timing, ...others] = await until('it flashes', () => display.evaluate(() => window.flashing));
  assert.equal(others.length, 0, 'one row at a time');
  assert(timing.duration >= 1000 && timing.endTime <= FLASH_MS, 'two changes a second at most, for four seconds');
  await still.locator('.recent').waitFor();
  assert.deepEqual(await still.evaluate(moving), []);
  const stands = () => document.getAnimations().length === 0 && document.querySelector('.recent:not(.frappe)') !== null;
  await until('it stands still', () => display.evaluate(stands));
  await looksRight(display, 'ecran-appel');
});

hallTest('capitals are 61 mm for readers at 5 m, in letters of our own', async (hall) => {
  await hall.borne.issue('titres', 1);
  const display = await hall.display('hall');
  await call(await hall.agent('Léa', '1'));
  await display.locator('#appels .number').waitFor();
  const capital = await display.evaluate(async () => {
    await document.fonts.ready;
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(document.querySelector('#appels .number'));
    const font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = font;
    return { px: pen.measureText('H').actualBoundingBoxAscent, ours: document.fonts.check(font), wide: innerWidth };
  });
  const mm = (capital.px * PANEL_MM) / capital.wide;
  assert(capital.ours && Math.abs(mm - 61) < 1, `${mm.toFixed(1)} mm`);
});

hallTest('without a server it says so, then hides what is no longer true, then sends people to the agents', async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall', { movable: true });
  const page = await hall.agent('Léa', '1');
  await call(page);
  await until('the call', async () => (await display.rung()).length === 1);
  await hall.server.kill();
  await display.clock.fastForward(11_000);
  await display.locator('#alerte', { hasText: 'Connexion interrompue' }).waitFor();
  await picture(display, 'ecran-coupure');
  await display.clock.fastForward(60_000);
  await display.locator('#phrase').waitFor({ state: 'hidden' });
  assert.deepEqual((await rows(display)).map(plain), ['A 1'], 'the last numbers stay');
  await display.clock.fastForward(240_000);
  await display.locator('#phrase', { hasText: 'Écoutez l’appel de l’agent.' }).waitFor();
  await looksRight(display, 'ecran-perdu');
  await Promise.all([nextStream(display), hall.server.start()]);
  await display.locator('#alerte').waitFor({ state: 'hidden' });
  await display.locator('.perdu').waitFor({ state: 'hidden' });
  assert.equal((await display.rung()).length, 1, 'nothing rings twice');
});

hallTest('a machine that starts again without a server shows what it knew, and rings nothing twice', async (hall) => {
  await hall.borne.issue('titres', 2);
  const display = await hall.display('hall');
  await call(await hall.agent('Léa', '1'));
  await until('the call', async () => (await display.rung()).length === 1);
  await isKept(display);
  await hall.server.kill();
  await display.goto('/a/hall');
  await display.locator('#appels .number', { hasText: 'A\u00a01' }).waitFor();
  const other = await display.context().newPage();
  await other.goto('/a/autre');
  await sees(other, 'Connexion interrompue');
  await other.close();
  await hall.server.start();
  await display.reload();
  await until('it hears the server again', () => display.evaluate(() => heardAt > performance.timeOrigin));
  await display.locator('#appels .number', { hasText: 'A\u00a01' }).waitFor();
  assert.deepEqual(await display.rung(), [], 'it was rung before the machine went out');
});

for (const [layout, rest] of [
  ['liste', 'zones = ["salle-a"]'],
  ['partage', 'layout = "partage"\ndiagonal_in = 55'],
  ['guichet', 'layout = "guichet"\ncounter = "1"'],
  ['orientation', 'layout = "orientation"\ndiagonal_in = 55'],
]) {
  hallTest(`layout ${layout}: empty, with one call and with many`, { catalogue: withDisplay('essai', rest) }, async (hall) => {
    await hall.borne.issue('titres', 7);
    await hall.borne.issue('ecole', 7);
    const display = await hall.display('essai');
    await display.locator('#vide').waitFor();
    await looksRight(display, `ecran-${layout}-0`);
    const [first, ...more] = await agents(hall, ['1', '2', '3', '4']);
    await call(first);
    await display.locator('#appels li').first().waitFor();
    await display.locator('.frappe').waitFor({ state: 'detached' });
    await looksRight(display, `ecran-${layout}-1`);
    await Promise.all(more.map(call));
    const least = layout === 'guichet' ? 1 : 3;
    await until('the calls', async () => (await rows(display)).length >= least);
    const rowsApart = await display.locator('#appels li').evaluateAll((all) =>
      all.every((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const within = (cell) => cell.getBoundingClientRect().top >= top - 1 && cell.getBoundingClientRect().bottom <= bottom + 1;
        return [...row.children].every(within);
      }),
    );
    assert(rowsApart, 'every text stands in its row');
    const cut = await display.locator('#appels span').evaluateAll((cells) =>
      cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
    );
    assert.deepEqual(cut, []);
    await display.locator('.frappe').waitFor({ state: 'detached' });
    await looksRight(display, `ecran-${layout}-4`);
  });
}

hallTest(
  'closed it says when it opens, and in the night it is black',
  { clock: '2026-11-23T19:00:00+01:00', catalogue: (text) => `${text}\n[site.hours]\nmon = ["08:15-16:15"]\ntue = ["08:15-16:15"]\n` },
  async (hall) => {
    const display = await hall.display('hall');
    await display.locator('body.ferme').waitFor();
    assert.equal((await display.locator('#ferme').innerText()).trim(), '', 'not a letter shines');
    await picture(display, 'ecran-nuit');
    await hall.server.advance(12.5 * 3600);
    await sees(display, 'Fermé. Ouverture aujourd’hui à 8\u00a0h\u00a015.');
    await looksRight(display, 'ecran-ferme');
    await hall.server.advance(3600);
    await display.locator('body:not(.ferme)').waitFor();
  },
);

hallTest('a browser that lets nothing sound says so, and tells the server', async (hall) => {
  const display = await hall.display('hall');
  await display.locator('#son').waitFor({ state: 'hidden' });
  await display.evaluate(() => audio.suspend());
  await display.locator('#son', { hasText: 'touchez l’écran' }).waitFor();
  const told = display.waitForRequest((request) => request.url().endsWith('/etat') && /ouvert/.test(request.postData()));
  await display.locator('#son').click();
  await told;
});
