// A server of a test's own: the program that people run, over a new SQLite file, on a free port of the loopback.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { PROJECT, built } from './tools.mjs';
import { until } from './wait.mjs';

/** A password of every account of the tests. */
export const PASSWORD = 'un mot de passe';

const running = new Set();
const folders = new Set();
// Nothing of ours outlives the tests, however these end.
process.on('exit', () => {
  running.forEach((child) => child.kill('SIGKILL'));
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export class Server {
  #folder = mkdtempSync(join(tmpdir(), 'accueil-browser-'));
  #catalogue;
  #movable;
  #aheadMs = 0;
  #answers;
  #child;
  #said = '';

  /**
   * `site`: a folder of config/examples. `clock`: an instant (ISO 8601) at which the server's own, movable clock begins;
   * without it, the machine's holds. `catalogue`: changes the catalogue's text. `settings`: more of the server's, as TOML.
   * `empty`: no site at all.
   */
  static async open({ site = 'marseille', clock, catalogue = (text) => text, settings = '', empty = false } = {}) {
    const server = new Server();
    folders.add(server.#folder);
    server.#movable = clock !== undefined;
    if (server.#movable) server.#aheadMs = Date.parse(clock) - Date.now();
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    const text = readFileSync(join(PROJECT, 'config/examples', site, 'site.toml'), 'utf8');
    const ours = withoutHours(text).replace(/^public_url = .*$/m, `public_url = "${server.url}"`);
    server.#catalogue = catalogue(ours);
    if (!empty) writeFileSync(join(server.#folder, 'site.toml'), server.#catalogue);
    writeFileSync(
      join(server.#folder, 'server.toml'),
      `[http]\nlisten = "127.0.0.1:${server.port}"\n[store]\naddress = "sqlite:accueil.db"\n${settings}`,
    );
    await server.start();
    return server;
  }

  get #settings() {
    return join(this.#folder, 'server.toml');
  }

  /** What its clock shows, in milliseconds since 1970. */
  now() {
    return Date.now() + this.#aheadMs;
  }

  /** The letter of a service's numbers. */
  letter(service) {
    const [, letter] = this.#catalogue.match(new RegExp(`^id = "${service}"\\nletter = "([A-Z])"`, 'm')) ?? [];
    assert(letter, `the catalogue has no service ${service}`);
    return letter;
  }

  /** Starts it, and waits until it is well. */
  async start() {
    const [program, ...parts] = this.#movable
      ? [built('examples/movable_clock'), this.#settings, String(this.#aheadMs)]
      : [built('accueil-server'), '--config', this.#settings, 'serve'];
    const child = spawn(program, parts, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
      this.#said = said;
    });
    this.#answers = createInterface({ input: child.stdout });
    running.add(child);
    this.#child = child;
    child.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
    child.ended.then(() => running.delete(child));
    await until('the server starts', async () => {
      if (child.exitCode !== null) return 'ended';
      return (await fetch(`${this.url}/sante`)).ok;
    });
    if (child.exitCode !== null) throw new Error(`the server ended:\n${said}`);
  }

  /** The code that it told its terminal at the first start. */
  firstCode() {
    const [code] = this.#said.match(/[A-Z2-7]{4}(-[A-Z2-7]{4}){3}/) ?? [];
    assert(code, `the server told no code:\n${this.#said}`);
    return code;
  }

  /** Moves its clock on. */
  async advance(seconds) {
    assert(this.#movable, 'this server has the machine’s clock: say { clock: "2026-11-21T09:42:00+01:00" }');
    this.#aheadMs += seconds * 1000;
    const answered = new Promise((resolve) => this.#answers.once('line', resolve));
    this.#child.stdin.write(`${this.#aheadMs}\n`);
    await answered;
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#child.ended;
  }

  /** Asks it to end; answers how it did: `{ code, signal }`. */
  async stop() {
    this.#child.kill('SIGTERM');
    return this.#child.ended;
  }

  /** Runs one of its commands and answers what it said. */
  command(parts, input = '') {
    return execFileSync(built('accueil-server'), ['--config', this.#settings, ...parts], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim();
  }

  /** Somebody who may sign in. */
  addPerson(name, role = 'agent') {
    this.command(['user', 'add', name, '--role', role, '--password-stdin'], `${PASSWORD}\n`);
  }

  /** Ends it, and takes away what it kept. */
  async close() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
    folders.delete(this.#folder);
  }
}

/** Opening hours have no place where pages are tried: what is left is always open. */
export function withoutHours(text) {
  const tables = text.split(/^(?=\[)/m);
  const open = tables.filter((table) => !/^\[(site\.hours|\[site\.exception)\]/.test(table)).join('');
  return open.replace(/^hours = .*$/gm, '');
}

/** A port that nobody has now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer().on('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
