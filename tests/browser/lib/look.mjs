// What pages look like: to axe-core, to the ruler, and to us (pictures under target/pages).

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { settled } from './live.mjs';
import { noteSeen } from './routes.mjs';
import { AXE, PICTURES } from './tools.mjs';

const SOURCE = readFileSync(AXE, 'utf8');
const REFUSED = new Set(['serious', 'critical']);

/** Takes a picture of a page, target/pages/NAME.png. */
export async function picture(page, name, options = {}) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), ...options });
}

/** Fails where axe-core finds anything serious or critical, and says what, where and why. */
export async function passesAxe(page, what) {
  await settled(page);
  // Evaluated from outside, as the page's own policy allows no foreign script.
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.filter(({ impact }) => REFUSED.has(impact)).map(tell);
  noteSeen(page.url());
  assert.equal(found.length, 0, `${what} (${page.url()}):\n${found.join('\n')}`);
}

function tell({ id, impact, help, nodes }) {
  const places = nodes.map(({ html, any, all, none }) => {
    const why = [...any, ...all, ...none].map(({ message }) => message).join('; ');
    return `    ${html.slice(0, 160)}\n      ${why}`;
  });
  return `  ${impact}: ${help} [${id}]\n${places.join('\n')}`;
}

/** A page that is looked at: axe finds nothing serious, nothing scrolls sideways, and there is a picture of it. */
export async function looksRight(page, name) {
  await passesAxe(page, name);
  await fitsWidth(page, name);
  await picture(page, name);
}

/** Fails where a page scrolls sideways. */
export async function fitsWidth(page, what) {
  await settled(page);
  const { wide, width, widest } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const beyond = [...document.body.querySelectorAll('*')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right > clientWidth + 1 || left < -1;
    });
    return { wide: scrollWidth, width: clientWidth, widest: beyond.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)) };
  });
  assert(wide <= width, `${what} is ${wide} px wide on ${width}:\n${widest.join('\n')}`);
}
