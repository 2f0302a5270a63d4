// A borne that enrols, signs and gives tickets, written from the wire's golden files: it shares no code with ours.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';

const COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest")';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class Borne {
  #server;
  #key;
  #nonce = 1;
  #seq = 1;
  #given = new Map();

  static async enrol(server, name = 'Borne 01') {
    const borne = new Borne();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    borne.#server = server;
    borne.#key = privateKey;
    const code = server.command(['enrol-code']);
    const body = JSON.stringify({ v: 1, code, public_key: publicKey.export({ format: 'jwk' }).x, name });
    const answer = await fetch(`${server.url}/v1/enrol`, { method: 'POST', body });
    assert.equal(answer.status, 200, await answer.clone().text());
    borne.id = (await answer.json()).borne;
    return borne;
  }

  /**
   * Gives `n` tickets for a service, and answers them: `{ ticket, label, link }`, `link` being the path of the page on a
   * phone. `more` says what else an event may say: `{ lang, priority, group, appointment, needs }`.
   */
  async issue(service, n = 1, more = {}) {
    const letter = this.#server.letter(service);
    const given = Array.from({ length: n }, () => {
      const secret = randomBytes(16);
      const number = (this.#given.get(letter) ?? 0) + 1;
      this.#given.set(letter, number);
      return { ticket: randomUUID(), label: `${letter} ${number}`, secret, link: `/t/${base32(secret)}/${letter}.${number}` };
    });
    const events = given.map(({ ticket, label, secret }) => ({
      type: 'ticket_issued',
      ticket,
      label,
      day: this.#day(),
      service,
      lang: 'fr',
      token: createHash('sha256').update(secret).digest('hex'),
      ...more,
    }));
    await this.tell(events);
    return given.map(({ ticket, label, link }) => ({ ticket, label, link }));
  }

  /** Somebody asks for help; answers the call's identity. */
  async callForHelp() {
    const help = randomUUID();
    await this.tell([{ type: 'help_requested', help }]);
    return help;
  }

  /** Appends events to its log, sends them, and answers what the server says. */
  async tell(bodies) {
    const at = new Date(this.#server.now()).toISOString();
    const from_seq = this.#seq;
    const events = bodies.map((body) => ({ seq: this.#seq++, at, ...body }));
    return this.#post('/v1/sync', { v: 1, borne: this.id, from_seq, events });
  }

  /** Says how it is: well, but for these fields. */
  async report(fields = {}) {
    const report = {
      version: '0.1.0',
      schema: 4,
      started_at: new Date(this.#server.now() - 3 * 3600 * 1000).toISOString(),
      catalogue: 1,
      paper: 'enough',
      devices: ['printer', 'scanner', 'card_reader', 'sound'].map((kind) => ({ kind, condition: 'works' })),
      disk: { free: 11_800_000_000, total: 15_600_000_000 },
      ...fields,
    };
    return this.#post('/v1/sync', { v: 1, borne: this.id, from_seq: this.#seq, events: [], report });
  }

  /** What it is asked to do, as it was signed. */
  async asked() {
    const { commands } = await this.tell([]);
    return commands.map(({ command }) => JSON.parse(command));
  }

  /** Says that it has read a command. */
  async takes({ id }) {
    await this.tell([{ type: 'command_answered', command: id, answer: 'taken' }]);
  }

  /** Says what became of a command: `{ result: 'done' }`, `{ result: 'failed', why }`, `{ result: 'logs', text }`. */
  async ends({ id }, result) {
    await this.#post('/v1/results', { v: 1, command: id, ...result }, 204);
  }

  async #post(path, content, expected = 200) {
    const body = JSON.stringify(content);
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
    const created = Math.floor(this.#server.now() / 1000);
    const params = `${COMPONENTS};created=${created};nonce="${this.#nonce++}";keyid="${this.id}";alg="ed25519"`;
    const base = [
      '"@method": POST',
      `"@authority": 127.0.0.1:${this.#server.port}`,
      `"@path": ${path}`,
      '"@query": ?',
      `"content-digest": ${digest}`,
      `"@signature-params": ${params}`,
    ].join('\n');
    const signature = sign(null, Buffer.from(base), this.#key).toString('base64');
    const headers = {
      'content-digest': digest,
      'signature-input': `borne=${params}`,
      signature: `borne=:${signature}:`,
    };
    const answer = await fetch(`${this.#server.url}${path}`, { method: 'POST', headers, body });
    assert.equal(answer.status, expected, await answer.clone().text());
    return expected === 200 ? answer.json() : undefined;
  }

  /** The service day begins at 04:00 in Paris. */
  #day() {
    const before = new Date(this.#server.now() - 4 * 3600 * 1000);
    return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(before);
  }
}

function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g).map((five) => parseInt(five.padEnd(5, '0'), 2));
  return fives.map((five) => BASE32[five]).join('');
}
