// Runs the tests of pages in Chromium, two files at a time, and tells each test's name and time.
//
//   node tests/browser/run.mjs [FILE...]       without files: every tests/browser/*.mjs
//
// A run of them all fails where axe-core has not looked at a page of the server.

import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

import { forgetSeen, unseen } from './lib/routes.mjs';

const WORKERS = 2;

const here = dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2).map((file) => resolve(file));
const every = readdirSync(here).filter((file) => file.endsWith('.mjs') && file !== basename(process.argv[1]));
const files = named.length > 0 ? named : every.sort().map((file) => join(here, file));

forgetSeen();
const failed = [];
let passed = 0;
for await (const { type, data } of run({ files, concurrency: WORKERS })) {
  // The file around the tests counts where it fails by itself.
  const isFile = data.name === data.file || files.includes(data.name);
  if (type === 'test:pass' && !isFile) {
    passed++;
    tell('ok', data);
  } else if (type === 'test:fail' && !(isFile && data.details.error.failureType === 'subtestsFailed')) {
    failed.push(data);
    tell('FAILED', data);
  } else if (type === 'test:stderr' || type === 'test:stdout') {
    process.stderr.write(data.message);
  }
}
const forgotten = named.length > 0 ? [] : unseen();
for (const { name, details } of failed) {
  const { error } = details;
  console.error(`\n== ${name}\n${describe(error.cause ?? error)}`);
}
if (forgotten.length > 0) console.error(`\n== no test looks at these pages with axe-core:\n${forgotten.join('\n')}`);
console.log(`\n${passed} passed, ${failed.length} failed`);
if (failed.length > 0 || forgotten.length > 0 || passed === 0) process.exitCode = 1;

function tell(result, { name, details }) {
  const seconds = (details.duration_ms / 1000).toFixed(1).padStart(5);
  console.log(`${result.padEnd(6)} ${seconds} s  ${name}`);
}

function describe(error) {
  const cause = error.cause ? `\ncaused by ${describe(error.cause)}` : '';
  return `${error.stack ?? error.message ?? error}${cause}`;
}
