// What hands do to keys and buttons.

/** Holds a key down until it has repeated so many times, and lets go. */
export async function hold(page, key, repeats = 20) {
  // A key that is pressed while it is down repeats.
  for (let n = 0; n <= repeats; n++) await page.keyboard.down(key);
  await page.keyboard.up(key);
}

/** A double click as people make it: the second one hits whatever stands there by then. */
export async function clickTwice(page, button, between = async () => {}) {
  // Once it stands still.
  await button.hover();
  await page.mouse.down({ clickCount: 1 });
  await page.mouse.up({ clickCount: 1 });
  await between();
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
}

/** What the keyboard's focus is on: `{ tag, text, id }`. */
export function focused(page) {
  return page.evaluate(() => {
    const { tagName, id, innerText } = document.activeElement;
    const text = document.activeElement === document.body ? '' : innerText.replace(/\s+/gu, ' ').trim();
    return { tag: tagName.toLowerCase(), text, id };
  });
}

/** Goes on with Tab until the focus is on something with this text; fails after 40. */
export async function tabTo(page, text) {
  const passed = [];
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now.text.includes(text)) return now;
    passed.push(now.text || now.id || now.tag);
  }
  throw new Error(`the keyboard never reaches « ${text} »; it passes ${passed.join(' | ')}`);
}
