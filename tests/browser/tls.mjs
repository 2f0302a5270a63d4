// Each way of TLS, as a browser sees it that trusts the certificate: cookies that are sent over TLS only, and a screen that
// stays on its machine when the server is gone.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, request as ask } from 'node:http';
import { createServer as createProxy } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { TEST_MS } from './lib/hall.mjs';
import { isKept } from './lib/live.mjs';
import { picture } from './lib/look.mjs';
import { PASSWORD, freePort, withoutHours } from './lib/server.mjs';
import { PROJECT, built, chromium, fetched } from './lib/tools.mjs';
import { PATIENCE_MS, until } from './lib/wait.mjs';

const opened = [];
const browsers = [];
// A child that still runs would keep this process waiting.
after(async () => {
  opened.forEach((site) => site.close());
  await Promise.all(browsers.map((browser) => browser.close()));
});
process.on('exit', () => opened.forEach((site) => site.close()));

/** A server that is reached over TLS, in one of its ways. */
class Site {
  #folder = mkdtempSync(join(tmpdir(), 'accueil-tls-'));
  #settings = join(this.#folder, 'server.toml');
  #mode;
  #child;
  #proxy;

  static async open(mode) {
    const site = new Site();
    opened.push(site);
    site.#mode = mode;
    [site.clear, site.port] = [await freePort(), await freePort()];
    site.url = `https://127.0.0.1:${site.port}`;
    const text = readFileSync(join(PROJECT, 'config/examples/marseille/site.toml'), 'utf8');
    writeFileSync(join(site.#folder, 'site.toml'), withoutHours(text).replace(/^public_url = .*$/m, `public_url = "${site.url}"`));
    if (mode !== 'authority') site.#certify();
    writeFileSync(site.#settings, site.#written());
    site.command(['user', 'add', 'Léa', '--password-stdin'], `${PASSWORD}\n`);
    site.root = mode === 'authority' ? site.command(['tls', 'root']) : readFileSync(site.#certificate, 'utf8');
    await site.start();
    if (mode === 'proxy') await site.#stand();
    return site;
  }

  get #certificate() {
    return join(this.#folder, 'certificate.pem');
  }

  get #key() {
    return join(this.#folder, 'key.pem');
  }

  #written() {
    const own = `listen = "127.0.0.1:${this.port}"\n`;
    const rest = {
      authority: own,
      files: `${own}certificate = "${this.#certificate}"\nkey = "${this.#key}"\n`,
      proxy: '',
    };
    return (
      `[http]\nlisten = "127.0.0.1:${this.clear}"\ntrusted_proxies = ["127.0.0.1"]\n[tls]\nmode = "${this.#mode}"\n${rest[this.#mode]}` +
      '[site]\ncatalogue = "site.toml"\n[store]\naddress = "sqlite:accueil.db"\n'
    );
  }

  /** A certificate as a town hall's own computer people make one. */
  #certify() {
    const asked = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=accueil'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', this.#key, '-out', this.#certificate];
    execFileSync('openssl', ['req', '-x509', ...asked, ...names], { stdio: 'pipe' });
  }

  /** A proxy that ends TLS, keeps the host's name, and answers for a server that is gone. */
  async #stand() {
    const pair = { key: readFileSync(this.#key), cert: readFileSync(this.#certificate) };
    this.#proxy = createProxy(pair, (request, answer) => {
      const { method, url: path, socket } = request;
      const headers = { ...request.headers, 'x-forwarded-for': socket.remoteAddress };
      const behind = ask({ host: '127.0.0.1', port: this.clear, method, path, headers }, (got) => {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
        got.on('error', () => answer.destroy());
      });
      behind.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end('Bad Gateway')));
      answer.on('close', () => behind.destroy());
      request.pipe(behind);
    });
    await new Promise((resolve) => this.#proxy.listen(this.port, '127.0.0.1', resolve));
  }

  command(parts, input = '') {
    return execFileSync(built('accueil-server'), ['--config', this.#settings, ...parts], { input, encoding: 'utf8', stdio: 'pipe' });
  }

  async start() {
    this.#child = spawn(built('accueil-server'), ['--config', this.#settings, 'serve'], { stdio: 'ignore' });
    await until('the server answers in the clear', () => inTheClear(this.clear, '/connexion'));
  }

  async kill() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  close() {
    this.#child?.kill('SIGKILL');
    this.#proxy?.close();
    this.#proxy?.closeAllConnections();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A browser whose owner has installed the certificate: Chromium takes it by the hash of its key. */
  async browser() {
    const key = new X509Certificate(this.root).publicKey.export({ type: 'spki', format: 'der' });
    return launch([`--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`]);
  }
}

async function launch(more) {
  const browser = await fetched('playwright-core').chromium.launch({
    executablePath: chromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', ...more],
  });
  browsers.push(browser);
  return browser;
}

async function pageIn(browser, site) {
  const context = await browser.newContext({ baseURL: site.url, locale: 'fr-FR' });
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

for (const mode of ['authority', 'files', 'proxy']) {
  test(`tls: by ${mode}, cookies go over TLS only, and a screen outlives its server`, { timeout: TEST_MS }, async () => {
    const site = await Site.open(mode);
    const browser = await site.browser();
    const page = await pageIn(browser, site);
    await page.goto('/connexion');
    await page.getByLabel('Nom').fill('Léa');
    await page.getByLabel('Mot de passe').fill(PASSWORD);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await page.waitForURL('**/poste');
    await holdsSecurely(page, '__Host-sid');
    await page.reload();
    assert.equal(new URL(page.url()).pathname, '/poste', 'the cookie is sent');

    const display = await pageIn(browser, site);
    await display.goto('/afficher');
    await display.getByLabel('Code de l’écran').fill(site.command(['display-code', 'hall']).trim());
    await display.getByRole('button', { name: 'Relier cet écran' }).click();
    await display.waitForURL('**/a/hall');
    await holdsSecurely(display, '__Host-ecran');
    await display.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    await isKept(display);

    await site.kill();
    await display.reload();
    await ownPage(display);
    await display.locator('#alerte', { hasText: 'Connexion interrompue' }).waitFor();
    await picture(display, `ecran-sans-serveur-${mode}`);
    await site.start();
    await display.locator('#alerte').waitFor({ state: 'hidden' });
    await display.reload();
    await ownPage(display);
  });
}

test('tls: by authority, its root is had in the clear, and whoever trusts it speaks HTTP/2', { timeout: TEST_MS }, async () => {
  const site = await Site.open('authority');
  assert.equal((await inTheClear(site.clear, '/v1/root.pem')).body, site.root);
  const led = await inTheClear(site.clear, '/connexion');
  assert.deepEqual([led.status, led.location], [308, `${site.url}/connexion`]);

  const stranger = await launch([]);
  const refused = await (await stranger.newPage()).goto(site.url).catch((error) => error.message);
  assert.match(refused, /ERR_CERT_AUTHORITY_INVALID/);

  const page = await pageIn(await site.browser(), site);
  await page.goto('/connexion');
  assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol), 'h2');
});

/** The one cookie of a page, which no script reads and which is never sent in the clear. */
async function holdsSecurely(page, name) {
  const [cookie, ...others] = await page.context().cookies();
  assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], [name, true, true, 'Lax']);
  assert.equal(others.length, 0);
}

/** The display's page, not the browser's nor a proxy's. */
async function ownPage(display) {
  assert.equal(await display.evaluate(() => document.body.dataset.flux), '/a/hall/flux');
  await display.locator('#heure', { hasText: /\d\d:\d\d/ }).waitFor();
}

/** What is said without TLS. */
function inTheClear(port, path) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece) => (body += piece));
      answer.on('end', () => resolve({ status: answer.statusCode, location: answer.headers.location, body }));
    });
    request.on('error', reject);
  });
}
