// The ticket on a phone: without JavaScript, in nine languages, narrow and enlarged.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';

import { hallTest } from './lib/hall.mjs';
import { fitsWidth, passesAxe, picture } from './lib/look.mjs';
import { STREAM_MS, until } from './lib/wait.mjs';

// What a phone asks for, and what the page says that it is.
const LANGUAGES = { fr: 'fr', en: 'en', es: 'es', pt: 'pt', ar: 'ar', tr: 'tr', uk: 'uk', zh: 'zh-Hans', 'fr-simple': 'fr' };
// 1280 px at 400 % are 320 of CSS, each four pixels wide.
const SMALL = { width: 320, height: 568 };
const ENLARGED = { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };

for (const [asked, said] of Object.entries(LANGUAGES)) {
  hallTest(`the ticket’s page in ${asked}`, async (hall) => {
    const [{ link }] = await hall.borne.issue('titres', 1, { lang: asked });
    const locale = asked === 'fr-simple' ? 'fr' : asked;

    const seen = await hall.page(link, { locale, viewport: SMALL });
    assert.equal(await seen.getAttribute('html', 'lang'), said);
    assert.equal((await seen.getAttribute('html', 'dir')) ?? 'ltr', asked === 'ar' ? 'rtl' : 'ltr');
    await passesAxe(seen, asked);

    const plain = await hall.page(link, { locale, viewport: SMALL, javaScriptEnabled: false });
    assert.match(await plain.textContent('h1'), /A\s1/u);
    await fitsWidth(plain, `${asked} on 320 px`);
    await picture(plain, `ticket-${asked}`);

    const enlarged = await hall.page(link, { locale, ...ENLARGED, javaScriptEnabled: false });
    await fitsWidth(enlarged, `${asked} at 400 %`);
    await picture(enlarged, `ticket-${asked}-400`);
  });
}

hallTest('each state of a ticket, in French, Arabic and Chinese', { clock: '2026-11-21T09:42:00+01:00' }, async (hall) => {
  const shots = { fr: { width: 390, height: 844 }, ar: SMALL, zh: { width: 390, height: 844 } };
  const open = async (path, lang) =>
    hall.page(`${path}?lang=${lang}`, { viewport: shots[lang], javaScriptEnabled: false });
  const looked = await (await hall.context({ viewport: SMALL })).newPage();
  const look = async (path, name) => {
    for (const lang of ['fr', 'ar']) {
      await looked.goto(`${path}?lang=${lang}`);
      await passesAxe(looked, `${name} in ${lang}`);
    }
    for (const lang of Object.keys(shots)) {
      const page = await open(path, lang);
      await fitsWidth(page, `${name} in ${lang}`);
      await picture(page, `telephone-${name}-${lang}`, { fullPage: true });
      await page.context().close();
    }
  };
  const counter = { type: 'counter_opened', counter: '1' };
  await hall.borne.tell([counter]);
  // Enough is served for a wait to be told.
  for (const { ticket } of await hall.borne.issue('titres', 5)) {
    await hall.borne.tell([called(ticket, '1')]);
    await hall.server.advance(300);
    await hall.borne.tell([{ type: 'finished', ticket, episode: 1 }]);
  }
  const [first, second, third, fourth] = await hall.borne.issue('titres', 4);
  await look(third.link, 'attend');
  const bare = ({ link }) => link.replace(/\/[^/]*$/, '');
  await look(bare(third), 'attend-sans-numero');
  await look(`${bare(third)}/renoncer`, 'renoncer');
  await look(`${bare(third)}/plus-tard`, 'plus-tard');
  await look(`${bare(fourth)}/plus-tard`, 'plus-tard-refuse');
  await hall.borne.tell([called(first.ticket, '4')]);
  await look(first.link, 'appele');
  await hall.borne.tell([{ type: 'started', ticket: first.ticket, episode: 1 }]);
  await look(first.link, 'recu');
  await hall.borne.tell([{ type: 'finished', ticket: first.ticket, episode: 1 }]);
  await look(first.link, 'termine');
  await hall.borne.tell([called(second.ticket, '1'), { type: 'no_show', ticket: second.ticket, episode: 1 }]);
  await look(second.link, 'absent');
  await hall.borne.tell([{ type: 'cancelled', ticket: third.ticket, episode: 1, by: 'visitor' }]);
  await look(third.link, 'rendu');
  await look('/t/AAAAAAAAAAAAAAAAAAAAAAAAAA/A.42', 'inconnu');
});

hallTest('a place is given up and had again without JavaScript, over plain HTTP', async (hall) => {
  const [{ link }] = await hall.borne.issue('titres', 1);
  const page = await hall.page(link, { javaScriptEnabled: false, viewport: SMALL });
  await page.getByRole('link', { name: 'Je ne peux plus venir' }).click();
  const confirm = page.getByRole('button', { name: 'Oui, je rends ma place' });
  await confirm.waitFor();
  assert.equal(await page.textContent('h1'), 'Rendre votre place\u{a0}?');
  await confirm.click();
  await page.getByText('Vous avez rendu votre place.').waitFor();
  await picture(page, 'telephone-rendu-320');
  const seen = await hall.page(link, { viewport: SMALL });
  await seen.getByRole('button', { name: 'Reprendre ma place' }).waitFor();
  await passesAxe(seen, 'given up, to be taken back');
  await page.getByRole('button', { name: 'Reprendre ma place' }).click();
  await page.getByText('Personne avant vous').waitFor();
  assert.deepEqual(await page.context().cookies(), []);
});

hallTest('the page comes anew by itself without JavaScript', { clock: '2026-11-21T09:42:00+01:00' }, async (hall) => {
  const [, { link }] = await hall.borne.issue('titres', 2);
  const page = await hall.page(link, { javaScriptEnabled: false });
  assert.equal(await page.locator('head meta[http-equiv=refresh]').getAttribute('content'), '30');
});

hallTest('who wants to be told hears the call, and nothing is asked of anybody else', async (hall) => {
  const [{ ticket, link }] = await hall.borne.issue('titres', 1);
  const page = await hall.page(link, { viewport: SMALL });
  const hosts = new Set();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.addInitScript(() => {
    window.buzzed = [];
    navigator.vibrate = (pattern) => window.buzzed.push(pattern);
  });
  const heard = page.waitForResponse((answer) => answer.url().includes('/flux'));
  // Told of something, the page asks for itself; what it is told meanwhile waits for the next time.
  const asked = page.waitForResponse((answer) => answer.request().resourceType() === 'fetch' && answer.url().endsWith(link));
  await page.reload();
  await Promise.all([heard, asked]);
  await passesAxe(page, 'waiting, with its button');
  await page.getByRole('button', { name: 'Prévenez-moi' }).click();
  await page.getByText('Une sonnerie vous préviendra.').waitFor();
  await picture(page, 'telephone-prevenir', { fullPage: true });
  await hall.borne.tell([called(ticket, '2')]);
  await page.getByText('Guichet 2').waitFor({ timeout: STREAM_MS });
  assert.equal(await page.title(), 'Guichet 2 – A\u{a0}1');
  await until('it buzzes for the call', async () => (await page.evaluate(() => window.buzzed.length)) === 2);
  await passesAxe(page, 'called');
  await picture(page, 'telephone-appele-320', { fullPage: true });
  await hall.borne.tell([{ type: 'recalled', ticket, episode: 1 }]);
  await until('a recall buzzes too', async () => (await page.evaluate(() => window.buzzed.length)) === 3);
  assert.deepEqual([...hosts], [new URL(hall.server.url).host]);
  assert.deepEqual(await page.context().cookies(), []);
});

hallTest('a call that comes while an older answer is on its way is shown as soon', async (hall) => {
  const [first, { ticket, link }] = await hall.borne.issue('titres', 2);
  const page = await hall.page(link, { viewport: SMALL });
  await page.addInitScript(() => {
    window.words = 0;
    window.EventSource = class extends EventSource {
      constructor(address) {
        super(address);
        this.addEventListener('etat', () => (window.words += 1));
      }
    };
  });
  const asks = (request) => request.resourceType() === 'fetch' && request.url().endsWith(link);
  let arrive;
  const slow = new Promise((resolve) => (arrive = resolve));
  let asked = 0;
  await page.route('**/t/**', async (route) => {
    if (!asks(route.request())) return route.continue();
    asked += 1;
    const answer = await route.fetch();
    if (asked === 1) await slow;
    return route.fulfill({ response: answer });
  });
  const begun = page.waitForRequest(asks);
  await page.reload();
  await hall.borne.tell([called(first.ticket, '1')]);
  await begun;
  const words = () => page.evaluate(() => window.words);
  const before = await words();
  await hall.borne.tell([called(ticket, '2')]);
  await until('the call is told', async () => (await words()) > before);
  arrive();
  await page.getByText('Guichet 2').waitFor({ timeout: STREAM_MS });
});

function called(ticket, counter) {
  return { type: 'called', ticket, episode: 1, counter, call: crypto.randomUUID() };
}
