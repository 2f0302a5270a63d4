// The rules of calls: read, changed, published, and tried on a day that was.

import assert from 'node:assert/strict';

import { called, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { sees } from './lib/live.mjs';
import { looksRight } from './lib/look.mjs';

const CLOCK = '2026-11-21T08:42:00+01:00';

async function supervisor(hall) {
  const page = await hall.agent('Inès', undefined, { role: 'supervisor' });
  await page.goto('/regles');
  return page;
}

hallTest('rules are drafted, refused where they cannot be, and published with a reason', { clock: CLOCK }, async (hall) => {
  const page = await supervisor(hall);
  await sees(page, 'règles d’origine');
  await looksRight(page, 'regles');
  await page.getByRole('link', { name: 'Préparer d’autres règles' }).click();
  await sees(page, 'Qui passe avant qui');
  await looksRight(page, 'regles-brouillon');
  await page.getByLabel('Toutes les démarches').fill('trente');
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click();
  await sees(page, 'n’est pas un nombre entier');
  await looksRight(page, 'regles-illisibles');
  await page.getByLabel('Toutes les démarches').fill('3');
  await page.getByLabel('Personnes prioritaires de suite, au plus').fill('2');
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click();
  await sees(page, 'À corriger avant de publier');
  await looksRight(page, 'regles-fautes');
  await page.getByRole('link', { name: 'Modifier le brouillon' }).click();
  await page.getByLabel('Toutes les démarches').fill('30');
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click();
  await sees(page, 'CASF');
  await looksRight(page, 'regles-a-publier');
  await page.getByLabel('Tout de suite, avec une raison').check();
  await page.getByRole('button', { name: 'Publier ces règles' }).click();
  await sees(page, 'écrivez pourquoi');
  await page.getByLabel('Tout de suite, avec une raison').check();
  await page.getByRole('textbox', { name: 'Raison' }).fill('Salle pleine');
  await page.getByRole('button', { name: 'Publier ces règles' }).click();
  await sees(page, 'En vigueur (version 1)');
  await looksRight(page, 'regles-publiees');
  await page.getByRole('link', { name: 'Version 1' }).click();
  await page.waitForURL('**/regles/1');
  await looksRight(page, 'regles-version');
  await page.goto('/regles/0');
  await sees(page, 'Ce qu’elle dit d’autre');
  await looksRight(page, 'regles-origine');
});

hallTest('a day is served once more by other rules, or declined', { clock: CLOCK }, async (hall) => {
  const agent = await hall.agent('Léa', '1');
  let number = null;
  for (let n = 0; n < 12; n += 1) {
    await hall.borne.issue('titres', 2);
    await hall.borne.issue('retrait', 1, { priority: n % 3 === 0 });
    await hall.server.advance(240);
    await agent.keyboard.press('F2');
    number = await called(agent, number);
    await hall.server.advance(20);
    await agent.keyboard.press('F8');
    await received(agent);
    await hall.server.advance(200);
    if (n === 5) await declined(hall);
  }
  const page = await supervisor(hall);
  await page.goto('/regles/brouillon');
  await page.getByLabel('1re file').selectOption('ordinary');
  await page.getByLabel('4e file').selectOption('priority');
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click();
  await page.getByRole('link', { name: 'Essayer sur une journée passée' }).click();
  await page.getByLabel('Journée').selectOption('2026-11-21');
  await looksRight(page, 'rejouer');
  await page.getByRole('button', { name: 'Rejouer' }).click();
  await sees(page, 'Ce n’est pas une promesse.');
  await sees(page, 'choisissent les mêmes personnes');
  await looksRight(page, 'rejouer-resultat');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'rejouer-etroit');
});

async function declined(hall) {
  const page = await hall.agent('Inès', undefined, { role: 'supervisor' });
  await page.goto('/regles/simuler');
  await page.getByLabel('Journée').selectOption('2026-11-21');
  await page.getByRole('button', { name: 'Rejouer' }).click();
  await sees(page, 'trop peu pour conclure');
  await looksRight(page, 'rejouer-trop-peu');
  assert.equal(await page.locator('table').count(), 0);
  await page.context().close();
}
