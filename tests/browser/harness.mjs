// What finds nothing must be able to find something: the tools of these tests, on pages that are wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { walk } from './lib/focus.mjs';
import { changes, flashesASecond, movements } from './lib/frames.mjs';
import { hallTest } from './lib/hall.mjs';
import { hide, live } from './lib/live.mjs';
import { fitsWidth, passesAxe } from './lib/look.mjs';
import { pageRoutes } from './lib/routes.mjs';
import { until, within } from './lib/wait.mjs';

hallTest('the tools fail where they must', async (hall) => {
  // Our own pages' policy would drop their styles.
  const page = await hall.page('about:blank');
  await page.setContent('<!doctype html><html lang="fr"><title>x</title><p style="color:#bbb;background:#fff">pâle</p><img src="x">');
  await assert.rejects(passesAxe(page, 'a page'), (error) => /color-contrast/.test(error) && /image-alt/.test(error));

  for (const javaScriptEnabled of [true, false]) {
    const wide = await hall.page('about:blank', { javaScriptEnabled, viewport: { width: 320, height: 568 } });
    await wide.setContent('<!doctype html><html lang="ar" dir="rtl"><p style="width:321px">large</p>');
    await assert.rejects(fitsWidth(wide, 'a page'), /px wide on 320/);
  }
  const bare = await hall.page('about:blank');
  const links = (style) => `<!doctype html><html lang="fr"><style>${style}</style><a href="#a">un</a> <a href="#b">deux</a>`;
  await bare.setContent(links('a:focus { outline: 3px solid }'));
  assert.equal(await walk(bare, 'a page'), 2);
  await bare.setContent(links('a { outline: 3px solid }'));
  await assert.rejects(walk(bare, 'a page'), /« deux » is outlined solid 3px/);
  await bare.setContent(links('a:focus { outline: none }'));
  await assert.rejects(walk(bare, 'a page'), /« un » is outlined none/);
  await bare.setContent(`${links('a:focus { outline: 3px solid }')}<div style="position: fixed; inset: 0"></div>`);
  await assert.rejects(walk(bare, 'a page'), /is covered/);

  await assert.rejects(until('nothing', async () => false, 50), /nothing: not within 50 ms/);
  await assert.rejects(within('work', -1, async () => {}), /work took/);
});

hallTest('what pages do wrong by themselves is noted', async (hall) => {
  const page = await hall.page('/connexion');
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<p style="color:red">rouge</p>');
    setTimeout(() => {
      throw new Error('by itself');
    });
  });
  await until('both faults', async () => hall.faults.length === 2);
  const faults = hall.faults.splice(0).join('\n');
  assert(/by itself/.test(faults) && /Content Security Policy/.test(faults), faults);
});

hallTest('a page that is told that it is hidden pauses where it may', async (hall) => {
  const page = await hall.agent('Léa', '1');
  await page.route('**/guichet', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace('"pauseOnBackground":false', '"pauseOnBackground":true');
    await route.fulfill({ response: answer, body });
  });
  await page.reload();
  await live(page);
  const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/flux'));
  await hide(page);
  await ended;
});

hallTest('a clock is moved, and stays where it is over a restart', { clock: '2026-11-21T09:42:00+01:00' }, async (hall) => {
  await hall.borne.issue('titres');
  const page = await hall.agent('Léa', '1');
  await hall.server.advance(14 * 60);
  // It goes on by itself, too.
  const waited = page.locator('#file .waited', { hasText: /1[4-9]\smin/u });
  await page.reload();
  await waited.waitFor();
  await hall.server.kill();
  await hall.server.start();
  await page.reload();
  await waited.waitFor();
});

hallTest('a browser reaches nothing beyond this machine', async (hall) => {
  const page = await hall.page('/connexion');
  await assert.rejects(page.goto('http://example.org/'), /ERR_NAME_NOT_RESOLVED/);
});

test('harness: the server’s pages are read from its rooms', () => {
  const pages = pageRoutes();
  for (const path of ['/', '/guichet', '/admin/cles', '/connexion/sso/retour', '/t/{token}']) assert(pages.includes(path), path);
  for (const path of ['/guichet/flux', '/salle/etat', '/deconnexion']) assert(!pages.includes(path), path);
});

test('harness: flashes are counted, and what moves is seen', () => {
  const blinking = (hertz) => Array.from({ length: 40 }, (_, n) => ({ at: n * 50, level: Math.floor((n * hertz) / 10) % 2 }));
  assert.equal(flashesASecond(changes(blinking(2))), 2);
  assert.equal(flashesASecond(changes(blinking(10))), 10);
  const faint = blinking(10).map(({ at, level }) => ({ at, level: level * 0.05 }));
  assert.deepEqual(changes(faint), []);
  const slow = Array.from({ length: 40 }, (_, n) => ({ at: n * 50, level: n / 40 }));
  assert.equal(changes(slow).length, 1, 'a slope is one change');
  assert.deepEqual(movements([0, 0, 0.5, 0.5].map((level, n) => ({ at: n, cells: [level, 0] }))), [2]);
});
