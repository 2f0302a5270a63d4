// What a page looks like from frame to frame: how bright each part of it is, and how often that flashes.

/** Cells of a frame: small ones, as a flash is only told from what is beside it. */
const [COLUMNS, ROWS] = [48, 27];
/** What WCAG 2.2 calls a change: a tenth of the greatest luminance, the darker side below .8. */
const [CHANGE, DARK] = [0.1, 0.8];

/**
 * Records a page while `act` goes on. Answers its frames as the compositor shows them: `at` in milliseconds since 1970,
 * `cells` the relative luminance of each part of `of`, row by row. `reader` is a page that may read pictures: ours may not.
 */
export async function record(page, reader, of, act) {
  const pictures = [];
  const line = await page.context().newCDPSession(page);
  line.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    pictures.push({ at: metadata.timestamp * 1000, data });
    line.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  const { width, height } = page.viewportSize();
  const { left, top, right, bottom } = await page.locator(of).evaluate((part) => part.getBoundingClientRect().toJSON());
  await line.send('Page.startScreencast', { format: 'png', maxWidth: width / 4, maxHeight: height / 4 });
  await act();
  await line.send('Page.stopScreencast');
  await line.detach();
  const part = [left / width, top / height, (right - left) / width, (bottom - top) / height];
  const frames = [];
  for (const { at, data } of pictures) {
    frames.push({ at, cells: await reader.evaluate(luminances, { data, part, COLUMNS, ROWS }) });
  }
  return frames;
}

/** Runs in the reader. */
async function luminances({ data, part: [x, y, wide, high], COLUMNS, ROWS }) {
  const picture = new Image();
  picture.src = `data:image/png;base64,${data}`;
  await picture.decode();
  const { width, height } = picture;
  const pen = new OffscreenCanvas(COLUMNS, ROWS).getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, x * width, y * height, wide * width, high * height, 0, 0, COLUMNS, ROWS);
  const { data: bytes } = pen.getImageData(0, 0, COLUMNS, ROWS);
  const linear = (byte) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const cell = (n) => 0.2126 * linear(bytes[n]) + 0.7152 * linear(bytes[n + 1]) + 0.0722 * linear(bytes[n + 2]);
  return Array.from({ length: COLUMNS * ROWS }, (_, n) => cell(n * 4));
}

/** When a part changed enough to be a half of a flash, back and forth: `brightness` is `[{ at, level }]`. */
export function changes(brightness) {
  const found = [];
  let [extreme, towards] = [brightness[0].level, 0];
  for (const { at, level } of brightness) {
    const way = Math.sign(level - extreme);
    if (way === towards) extreme = level;
    else if (Math.abs(level - extreme) >= CHANGE && Math.min(level, extreme) < DARK) {
      found.push(at);
      [extreme, towards] = [level, way];
    }
  }
  return found;
}

/** The most flashes, each two changes, within a second. */
export function flashesASecond(times) {
  const within = times.map((from) => times.filter((at) => at >= from && at < from + 1000).length);
  return Math.floor(Math.max(0, ...within) / 2);
}

/** Each part's brightness over time. */
export function parts(frames) {
  return frames[0].cells.map((_, n) => frames.map(({ at, cells }) => ({ at, level: cells[n] })));
}

/** When anything at all changed, in any part, beyond what drawing it anew does. */
export function movements(frames) {
  const differs = ({ cells }, n) => n > 0 && cells.some((level, part) => Math.abs(level - frames[n - 1].cells[part]) > 0.01);
  return frames.filter(differs).map(({ at }) => at);
}
