// The reception desk: a ticket without a borne, found again, given again, and a call for help.

import assert from 'node:assert/strict';

import { hallTest } from './lib/hall.mjs';
import { goLive, sees } from './lib/live.mjs';
import { looksRight } from './lib/look.mjs';

const RECEPTION = { role: 'reception' };

hallTest('a ticket for somebody’s phone, and on paper from this screen', async (hall) => {
  const page = await hall.agent('Zoé', undefined, RECEPTION);
  await goLive(page, '/accueil');
  await looksRight(page, 'accueil-vide');
  await page.getByLabel('Démarche').selectOption('titres');
  await page.getByLabel('Langue').selectOption('ar');
  await page.getByLabel('Sur cet écran').check();
  await page.getByRole('button', { name: 'Donner le ticket' }).click();
  await sees(page, 'A7\u{a0}1');
  await looksRight(page, 'accueil-donne');
  const print = page.getByRole('button', { name: 'Imprimer ici' });
  await print.waitFor();
  await page.emulateMedia({ media: 'print' });
  assert(!(await print.isVisible()), 'paper holds the ticket only');
  await looksRight(page, 'accueil-papier');
  await page.emulateMedia({ media: null });

  const link = (await page.textContent('.link')).trim();
  const phone = await hall.page(new URL(link).pathname, { viewport: { width: 320, height: 568 } });
  await sees(phone, 'لا أحد قبلك');

  await page.goto('/accueil');
  for (const [number, said, name] of [['Z 9', 'n’est pas un numéro', 'illisible'], ['B 42', 'Aucun ticket d’aujourd’hui', 'introuvable']]) {
    await page.getByLabel('Numéro').fill(number);
    await page.getByRole('button', { name: 'Chercher' }).click();
    await sees(page, said);
    await looksRight(page, `accueil-${name}`);
  }
  await page.getByLabel('Numéro').fill('a7 1');
  await page.getByRole('button', { name: 'Chercher' }).click();
  await sees(page, 'Attend depuis');
  await looksRight(page, 'accueil-ticket');
  await page.getByRole('button', { name: 'Annuler le ticket' }).click();
  await sees(page, 'Annulé');
  await page.getByRole('button', { name: 'Remettre dans la file' }).click();
  await sees(page, 'Attend depuis');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'accueil-ticket-etroit');
  await page.goto('/accueil');
  await looksRight(page, 'accueil-etroit');
});

hallTest('a call for help shows by itself, and what is being typed stays', async (hall) => {
  const page = await hall.agent('Zoé', undefined, RECEPTION);
  await goLive(page, '/accueil');
  await page.getByLabel('Numéro').fill('B 4');
  await hall.borne.callForHelp();
  await sees(page, 'une personne demande de l’aide');
  assert.equal(await page.getByLabel('Numéro').inputValue(), 'B 4');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'numero', 'focus is not stolen');
  await looksRight(page, 'accueil-aide');
  await page.getByRole('button', { name: 'J’y vais' }).click();
  await page.getByText('demande de l’aide').waitFor({ state: 'detached' });
});

hallTest('the desk works without JavaScript', async (hall) => {
  const page = await hall.agent('Zoé', undefined, { ...RECEPTION, javaScriptEnabled: false });
  await page.goto('/accueil');
  await page.getByLabel('Sur cet écran').check();
  await page.getByRole('button', { name: 'Donner le ticket' }).click();
  await page.getByText('Il n’est montré qu’une fois.').waitFor();
  await page.getByRole('link', { name: 'Voir le ticket' }).click();
  await page.getByRole('button', { name: 'Redonner le ticket' }).waitFor();
});
