// Where the keyboard's focus goes on a page, and whether it is seen there.

import assert from 'node:assert/strict';

import { settled } from './live.mjs';

/** More than any page has. */
const STOPS = 250;

/**
 * Runs in the page: what has the focus, and how it is seen; `null` where nothing has it. `again`: it had it before; `within`:
 * it has it still, as the parts of a date are one place after the other in the same element.
 */
export function seen() {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  if (element === window.last) return { within: true };
  window.last = element;
  window.stops ??= new Set();
  const again = window.stops.has(element);
  window.stops.add(element);

  const outline = () => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    return outlineStyle === 'none' ? 'none' : `${outlineStyle} ${outlineWidth} ${outlineColor}`;
  };
  const focused = outline();
  element.blur();
  const rest = outline();
  // As a key would bring it back.
  element.focus({ focusVisible: true, preventScroll: true });

  const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
  const isInView = left < innerWidth && top < innerHeight && right > 0 && bottom > 0 && width > 1 && height > 1;
  const inside = (middle, most) => Math.min(Math.max(middle, 0), most - 1);
  const over = document.elementFromPoint(inside((left + right) / 2, innerWidth), inside((top + bottom) / 2, innerHeight));
  // The middle of a link on two lines may be beside it.
  const isCovered = isInView && over !== null && !element.contains(over) && !over.contains(element);

  const text = (element.innerText || element.getAttribute('aria-label') || element.name || '').trim().slice(0, 40);
  return { name: `${element.tagName.toLowerCase()} « ${text} »`, focused, rest, isInView, isCovered, again };
}

/** Runs in the page: how many places the Tab key must come to; begins to note them. */
function tabbable() {
  [window.stops, window.last] = [new Set(), null];
  const every = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]');
  const open = [...every].filter((one) => !one.matches(':disabled') && one.checkVisibility({ visibilityProperty: true }));
  const radios = open.filter(({ type }) => type === 'radio');
  return open.length - radios.length + new Set(radios.map(({ form, name }) => `${form?.action} ${name}`)).size;
}

/** Goes through a page by Tab, and says where the focus is not seen. Answers how many places it has. */
export async function walk(page, what) {
  await settled(page);
  const places = await page.evaluate(tabbable);
  const wrong = [];
  let passed = 0;
  for (let n = 0; n < STOPS; n++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(seen);
    // Between the last one and the first one the browser's own bars have it.
    if (now === null || now.within) continue;
    if (now.again) break;
    passed++;
    if (!/^\S+ ([2-9]|\d\d)(\.\d+)?px/.test(now.focused) || now.focused === now.rest) {
      wrong.push(`${now.name} is outlined ${now.focused}, without the focus ${now.rest}`);
    }
    if (!now.isInView) wrong.push(`${now.name} is not in view`);
    if (now.isCovered) wrong.push(`${now.name} is covered`);
  }
  assert.deepEqual(wrong, [], what);
  assert.equal(passed, places, `${what}: places that the Tab key comes to`);
  return places;
}
