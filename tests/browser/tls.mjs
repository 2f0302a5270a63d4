// TLS by the site's own authority, as a browser that trusts its root sees it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { TEST_MS } from './lib/hall.mjs';
import { PASSWORD } from './lib/server.mjs';
import { PROJECT, built, chromium, fetched } from './lib/tools.mjs';
import { PATIENCE_MS, until } from './lib/wait.mjs';

const folder = mkdtempSync(join(tmpdir(), 'accueil-tls-'));
const settings = join(folder, 'server.toml');
const browsers = [];
let server;
// A child that still runs would keep this process waiting.
after(async () => {
  server?.kill('SIGKILL');
  await Promise.all(browsers.map((browser) => browser.close()));
});
process.on('exit', () => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const command = (parts, input = '') =>
  execFileSync(built('accueil-server'), ['--config', settings, ...parts], { input, encoding: 'utf8', stdio: 'pipe' });

test('tls: a browser that trusts the root keeps the secure cookie and speaks HTTP/2', { timeout: TEST_MS }, async () => {
  const [clear, port] = [await freePort(), await freePort()];
  const base = `https://127.0.0.1:${port}`;
  const site = readFileSync(join(PROJECT, 'config/examples/marseille/site.toml'), 'utf8');
  writeFileSync(join(folder, 'site.toml'), site.replace(/^public_url = .*$/m, `public_url = "${base}"`));
  writeFileSync(
    settings,
    `[http]\nlisten = "127.0.0.1:${clear}"\n[tls]\nmode = "authority"\nlisten = "127.0.0.1:${port}"\n` +
      '[site]\ncatalogue = "site.toml"\n[store]\naddress = "sqlite:accueil.db"\n',
  );
  command(['user', 'add', 'Léa', '--password-stdin'], `${PASSWORD}\n`);
  const root = command(['tls', 'root']);
  server = spawn(built('accueil-server'), ['--config', settings, 'serve'], { stdio: 'ignore' });
  const fetchedRoot = await until('the root in the clear', () => inTheClear(clear, '/v1/root.pem'));
  assert.equal(fetchedRoot.body, root);
  const led = await inTheClear(clear, '/connexion');
  assert.deepEqual([led.status, led.location], [308, `${base}/connexion`]);

  // As if its owner had installed the root: Chromium takes it by the hash of its key.
  const key = new X509Certificate(root).publicKey.export({ type: 'spki', format: 'der' });
  const trusted = createHash('sha256').update(key).digest('base64');
  const launch = async (more) => {
    const browser = await fetched('playwright-core').chromium.launch({
      executablePath: chromium(),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', ...more],
    });
    browsers.push(browser);
    return browser;
  };
  const stranger = await launch([]);
  const refused = await (await stranger.newPage()).goto(base).catch((error) => error.message);
  assert.match(refused, /ERR_CERT_AUTHORITY_INVALID/);

  const browser = await launch([`--ignore-certificate-errors-spki-list=${trusted}`]);
  const context = await browser.newContext({ baseURL: base, locale: 'fr-FR' });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto('/connexion');
  await page.getByLabel('Nom').fill('Léa');
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.waitForURL('**/poste');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ['__Host-sid', true, true, 'Lax']);
  assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol), 'h2');
  assert.equal(await page.evaluate(() => window.isSecureContext && 'serviceWorker' in navigator), true);
  await page.reload();
  assert.equal(new URL(page.url()).pathname, '/poste', 'the cookie is sent');
});

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

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer().on('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
