// The server's pages, as its rooms name them, and which of them axe-core has looked at: none can be forgotten.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PICTURES, PROJECT } from './tools.mjs';

const ROOMS = join(PROJECT, 'server/src/pages');
/** The paths of pages that were looked at, one a line; several processes write it. */
const SEEN = join(PICTURES, 'seen.txt');
/** Answers that are no pages. */
const NO_PAGE = [
  // Streams.
  /\/flux$/,
  // Files and figures.
  /^\/actifs\//,
  /^\/sante$/,
  /^\/a\/travailleur\.js$/,
  /^\/a\/\{display\}\/(manifeste|son|media)\b/,
  /^\/admin\/(audit\.csv|exporter)$/,
  /^\/parc\/\{borne\}\/demandes\/\{id\}$/,
  // Pieces that a page puts in place.
  /^\/guichet\/(aide|cours|barre|parkes|file)$/,
  /^\/(salle|parc)\/etat$/,
  /^\/parc\/\{borne\}\/demandes$/,
  // A ticket's page by its code, which is in capitals: that of /t.
  /^\/T\//,
];

/** Where the server answers a GET with a page: `/salle`, `/admin/guichets/{key}`. */
export function pageRoutes() {
  const files = readdirSync(ROOMS, { recursive: true }).filter((file) => file.endsWith('.rs'));
  const routes = files.flatMap((file) => routesOf(join(ROOMS, file)));
  assert(routes.length > 80, `only ${routes.length} routes are read from ${ROOMS}`);
  return routes.filter((route) => !NO_PAGE.some((one) => one.test(route)));
}

function routesOf(file) {
  const written = readFileSync(file, 'utf8').matchAll(/\.get\(\s*(?:"(\/[^"]*)"|((?:[a-z_]+::)?[A-Z][A-Z_]*))\s*,/g);
  return [...written].map(([, path, name]) => path ?? constant(file, name));
}

/** What a constant of a file, or of one beside it, says. */
function constant(file, name) {
  const [own, other] = name.split('::').reverse();
  const text = readFileSync(other ? join(dirname(file), `${other}.rs`) : file, 'utf8');
  const [, said] = text.match(new RegExp(`const ${own}: &str = "([^"]+)"`)) ?? [];
  assert(said, `${file}: where does ${name} lead?`);
  return said;
}

/** Forgets what was looked at before. */
export function forgetSeen() {
  rmSync(SEEN, { force: true });
}

/** Notes that a page was looked at. */
export function noteSeen(url) {
  mkdirSync(PICTURES, { recursive: true });
  if (/^https?:/.test(url)) appendFileSync(SEEN, `${new URL(url).pathname}\n`);
}

/** The pages that nobody has looked at. */
export function unseen() {
  const seen = readFileSync(SEEN, 'utf8').split('\n');
  const routes = pageRoutes();
  // Of two that an address may mean, the server takes the one that says more.
  const exact = (route) => route.split('{').length;
  const known = routes.toSorted((a, b) => exact(a) - exact(b)).map((route) => ({ route, is: shape(route) }));
  const visited = new Set(seen.map((path) => known.find(({ is }) => is.test(path))?.route));
  return routes.filter((route) => !visited.has(route));
}

function shape(route) {
  return new RegExp(`^${route.replace(/[.]/g, '\\.').replace(/\{\*[^}]*\}/g, '.+').replace(/\{[^}]*\}/g, '[^/]+')}$`);
}
