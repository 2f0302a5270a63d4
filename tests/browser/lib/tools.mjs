// What the tests need of this machine: the project's folder, its programs as built, Chromium, what npm brought.

import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = resolve(fileURLToPath(import.meta.url), '../../../..');
/** Where pictures of pages go. */
export const PICTURES = join(PROJECT, 'target/pages');

const BUILT = join(process.env.CARGO_TARGET_DIR ?? join(PROJECT, 'target'), 'debug');
const FETCHED = createRequire(join(PROJECT, 'target/tools/oracles/package.json'));

/** The path of a program of this workspace: `accueil-server`, `examples/movable_clock`. */
export function built(name) {
  const path = join(BUILT, name);
  accessSync(path, constants.X_OK);
  return path;
}

/** A package that deploy/dev/setup fetched. */
export function fetched(name) {
  return FETCHED(name);
}

/** The text of axe-core as a page runs it. */
export const AXE = FETCHED.resolve('axe-core/axe.min.js');

/** Debian's Chromium. */
export function chromium() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.map((folder) => join(folder, 'chromium')).find(isProgram);
  if (!path) throw new Error('chromium is missing: run deploy/dev/setup test, which installs it');
  return path;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
