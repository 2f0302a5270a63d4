// Waiting: for what is seen or answered, with a deadline, never for a time.

/** The longest that anything may take, in milliseconds; a machine under load is slow, not broken. */
export const PATIENCE_MS = 30_000;
/**
 * The longest for what a stream must bring: pages ask by themselves every 20 s at the soonest, and would hide that it
 * brings nothing.
 */
export const STREAM_MS = 15_000;

/**
 * Asks again and again until the answer is true (or anything but false, null and undefined), and gives it back.
 * A question that fails counts as not answered yet.
 */
export async function until(what, ask, patienceMs = PATIENCE_MS) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    let wrong;
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) return answer;
    } catch (error) {
      wrong = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${patienceMs} ms`, { cause: wrong });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs something, and fails where it takes longer; answers how long it took, in milliseconds. */
export async function within(what, limitMs, act) {
  const started = performance.now();
  await act();
  const tookMs = performance.now() - started;
  if (tookMs > limitMs) throw new Error(`${what} took ${Math.round(tookMs)} ms, ${limitMs} at most`);
  return tookMs;
}
