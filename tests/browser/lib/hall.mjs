// A hall of a test's own: server, borne, and as many browsers as it opens, all gone when it ends.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';

import { Borne } from './borne.mjs';
import { PASSWORD, Server } from './server.mjs';
import { PICTURES, chromium, fetched } from './tools.mjs';
import { PATIENCE_MS, until } from './wait.mjs';
import { live, nextStream, noteAnnouncements, noteRenewals } from './live.mjs';

/** The longest that a test may take: on a machine that is slow, several times what it takes on one that is not. */
export const TEST_MS = 300_000;
/** Whose tests these are. */
const FILE = basename(process.argv[1], '.mjs');
// A test's browser speaks to this machine only, as root too, and with little shared memory.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--autoplay-policy=no-user-gesture-required',
  '--mute-audio',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

let launched;
after(async () => (await launched)?.close());

/** One process a file; contexts share nothing. */
function browser() {
  launched ??= fetched('playwright-core').chromium.launch({ executablePath: chromium(), args: ARGUMENTS });
  return launched;
}

/**
 * A test with a hall of its own: `hallTest('what is promised', async (hall) => …)`. Options between the two are those of
 * `Server.open`.
 */
export function hallTest(name, options, body) {
  if (!body) return hallTest(name, {}, options);
  return test(`${FILE}: ${name}`, { timeout: TEST_MS }, async () => {
    const hall = await Hall.open(options);
    try {
      await body(hall);
      assert.equal(hall.faults.length, 0, `pages failed by themselves:\n${hall.faults.join('\n')}`);
    } catch (error) {
      await hall.picturesOf(name);
      throw error;
    } finally {
      await hall.close();
    }
  });
}

class Hall {
  /** What pages did wrong by themselves so far: errors of scripts, breaches of their own policy. A test that leaves any fails. */
  faults = [];
  #contexts = [];
  #people = new Set();

  static async open(options) {
    const hall = new Hall();
    hall.server = await Server.open(options);
    if (!options.empty) hall.borne = await Borne.enrol(hall.server);
    return hall;
  }

  /**
   * A browser that shares nothing with others. Options are Playwright's, e.g. `{ javaScriptEnabled: false }`; with
   * `movable`, its pages' time is moved by `page.clock.fastForward(MS)`.
   */
  async context({ movable = false, ...options } = {}) {
    const context = await (await browser()).newContext({
      baseURL: this.server.url,
      locale: 'fr-FR',
      timezoneId: 'Europe/Paris',
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    if (movable) await context.clock.install();
    if (options.javaScriptEnabled !== false) await context.addInitScript(noteRenewals);
    context.on('weberror', (event) => this.faults.push(`${event.page()?.url()}: ${event.error()}`));
    context.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) this.faults.push(message.text());
    });
    this.#contexts.push(context);
    return context;
  }

  /** A page in a browser of its own, at a path. */
  async page(path, options = {}) {
    const page = await (await this.context(options)).newPage();
    await page.goto(path);
    return page;
  }

  /**
   * The page of somebody who has signed in: without a counter the one that asks for it, with one the console, live. `role`
   * is what they may do; other options are those of `context`.
   */
  async agent(name, counter, { role = 'agent', ...options } = {}) {
    if (!this.#people.has(name)) this.server.addPerson(name, role);
    this.#people.add(name);
    const page = await this.page('/connexion', options);
    await page.getByLabel('Nom').fill(name);
    await page.getByLabel('Mot de passe').fill(PASSWORD);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    // Whoever may open several rooms chooses one first.
    await page.waitForURL(role === 'agent' ? '**/poste' : (url) => url.pathname !== '/connexion');
    if (counter !== undefined) {
      if (role !== 'agent') await page.goto('/poste');
      await page.locator('form', { has: page.locator(`input[name=counter][value="${counter}"]`) }).getByRole('button').click();
      await page.waitForURL('**/guichet');
      if (options.javaScriptEnabled !== false) await live(page);
    }
    return page;
  }

  /**
   * A hall's display, live, on a machine whose code was typed. `page.rung` answers what it has announced so far, in order;
   * `page.rungAt` when, by its own clock.
   */
  async display(id, options = {}) {
    const page = await (await this.context({ viewport: { width: 1920, height: 1080 }, ...options })).newPage();
    await page.addInitScript(noteAnnouncements);
    await page.goto('/afficher');
    await page.getByLabel('Code de l’écran').fill(this.server.command(['display-code', id]));
    const opened = nextStream(page);
    await page.getByRole('button', { name: 'Relier cet écran' }).click();
    await opened;
    // A call that is told before anything else was rings nowhere: the screen may just have been switched on.
    await until('the screen has been told of the hall', () => page.evaluate(() => knows));
    page.rung = () => page.evaluate(() => window.rung.map(({ label }) => label));
    page.rungAt = () => page.evaluate(() => window.rung.map(({ at }) => at));
    return page;
  }

  /** What every page of a failed test looks like. */
  async picturesOf(name) {
    const folder = join(PICTURES, 'failed');
    mkdirSync(folder, { recursive: true });
    const pages = this.#contexts.flatMap((context) => context.pages());
    const file = (n) => join(folder, `${name.replace(/\W+/g, '-')}-${n + 1}.png`);
    const taken = await Promise.allSettled(pages.map((page, n) => page.screenshot({ path: file(n), timeout: 5_000 })));
    taken.forEach(({ status }, n) => status === 'fulfilled' && console.error(`picture: ${file(n)}`));
  }

  async close() {
    await Promise.allSettled(this.#contexts.map((context) => context.close()));
    await this.server.close();
  }
}
