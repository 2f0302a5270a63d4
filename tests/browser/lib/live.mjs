// Live pages. A stream never ends, so « the network is idle » never comes: wait for the stream, then for what it brings.

const isStream = (answer) => new URL(answer.url()).pathname.endsWith('/flux') && answer.ok();

/** The next stream that a page opens: ask before doing what opens it. */
export function nextStream(page) {
  return page.waitForResponse(isStream);
}

/** Goes to a live page, and is back once its stream is open. */
export async function goLive(page, path) {
  const opened = nextStream(page);
  await page.goto(path);
  await opened;
}

/** Waits until a console says that it is live. */
export async function live(page) {
  await page.locator('#direct[data-state="on"]').waitFor();
}

/** Waits until a text stands on the page. */
export async function sees(page, text) {
  await page.getByText(text).first().waitFor();
}

/** Notes on a display what it announces, for as long as it stands: `window.rung`. */
export function noteAnnouncements() {
  window.rung = [];
  let ringing = null;
  const look = () => {
    const row = document.querySelector('.frappe');
    if (row && row.dataset.key !== ringing) window.rung.push(row.querySelector('.number').textContent.replace('\u00a0', ' '));
    ringing = row ? row.dataset.key : null;
  };
  const watched = { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] };
  new MutationObserver(look).observe(document, watched);
}
