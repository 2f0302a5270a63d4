// Administration: the first start by keyboard alone, a town hall set up, drafts without scripts, fourteen days shown before.

import assert from 'node:assert/strict';

import { hallTest } from './lib/hall.mjs';
import { sees } from './lib/live.mjs';
import { fitsWidth, looksRight, picture } from './lib/look.mjs';
import { PASSWORD } from './lib/server.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

/** Somebody who administers, on a page. */
async function administrator(hall, path, options = {}) {
  hall.server.addPerson('Inès', 'administrator');
  const page = await hall.page('/connexion', options);
  await page.getByLabel('Nom').fill('Inès');
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.waitForURL(/\/$/);
  await page.goto(path);
  return page;
}

/** What can be told of a page whose scripts are off. */
async function looksSet(page, name) {
  await fitsWidth(page, name);
  await picture(page, name);
}

/** Types into whatever has the focus, and goes on with the Tab key to the field with this label. */
async function tabTo(page, label) {
  const wanted = page.getByLabel(label, { exact: true });
  for (let n = 0; n < 40; n += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the Tab key never comes to ${label}`);
}

async function write(page, label, text) {
  await tabTo(page, label);
  await page.keyboard.type(text);
}

hallTest('a town hall is set up by keyboard alone', { empty: true }, async (hall) => {
  const page = await hall.page('/');
  assert.match(page.url(), /\/premiers-pas$/);
  await looksRight(page, 'premiers-pas-code');
  await write(page, 'Code de premier démarrage', hall.server.firstCode());
  await page.keyboard.press('Enter');
  await sees(page, 'Étape 1 sur 3');
  assert.equal(await page.getByLabel('Adresse du serveur').inputValue(), hall.server.url);
  await looksRight(page, 'premiers-pas-site');
  await write(page, 'Nom du site', 'Mairie de Fontaine');
  await page.keyboard.press('Enter');
  await sees(page, 'Étape 2 sur 3');
  await looksRight(page, 'premiers-pas-demarches');
  await page.keyboard.press('Enter');
  await write(page, 'Démarche 1', 'État civil');
  await write(page, 'Démarche 2', 'Urbanisme');
  await page.keyboard.press('Enter');
  await sees(page, 'Étape 3 sur 3');
  await write(page, 'Votre nom', 'Inès');
  await write(page, 'Mot de passe', 'une longue phrase');
  await write(page, 'Le même, encore une fois', 'une autre phrase');
  await page.keyboard.press('Enter');
  await sees(page, 'ne sont pas les mêmes');
  await looksRight(page, 'premiers-pas-compte');
  await write(page, 'Mot de passe', 'une longue phrase');
  await write(page, 'Le même, encore une fois', 'une longue phrase');
  await page.keyboard.press('Enter');
  await sees(page, 'Vous modifiez un brouillon');
  await looksRight(page, 'admin');
  // The first visitor may be received.
  await page.goto('/poste');
  await sees(page, 'Guichet 2');
  await looksRight(page, 'poste-neuf');
});

for (const [how, javaScriptEnabled] of [['with scripts', true], ['without scripts', false]]) {
  hallTest(`a service is changed, read again and published, ${how}`, { clock: CLOCK }, async (hall) => {
    const page = await administrator(hall, '/admin/services', { javaScriptEnabled });
    const look = (name) => (javaScriptEnabled ? looksRight(page, name) : looksSet(page, `${name}-sans-script`));
    await publishesAChange(page, look);
  });
}

async function publishesAChange(page, look) {
  await look('admin-services');
  await page.getByRole('link', { name: 'Carte d’identité, passeport' }).click();
  await page.getByLabel('Tickets par jour').waitFor();
  await look('admin-service');
  await page.getByLabel('Tickets par jour').fill('vingt');
  await page.getByRole('button', { name: 'Enregistrer dans le brouillon' }).click();
  await sees(page, 'Écrivez un nombre');
  assert.equal(await page.getByLabel('Tickets par jour').inputValue(), 'vingt');
  await look('admin-service-faute');
  await page.getByLabel('Tickets par jour').fill('35');
  await page.getByLabel('Nom', { exact: true }).fill('Titres d’identité');
  await page.getByRole('button', { name: 'Enregistrer dans le brouillon' }).click();
  await sees(page, 'Enregistré dans le brouillon');
  await sees(page, 'traductions à relire');
  await page.getByRole('link', { name: 'Voir et publier' }).click();
  await sees(page, '35');
  await look('admin-brouillon');
  await page.getByRole('button', { name: 'Publier maintenant' }).click();
  await sees(page, 'La version 2 est publiée');
  await page.goto('/admin/publications');
  await look('admin-publications');
  await page.getByRole('link', { name: 'Version 1' }).click();
  await page.waitForURL('**/admin/publications/1');
  await look('admin-version');
}

hallTest('hours and closures make the next fourteen days', { clock: CLOCK }, async (hall) => {
  const page = await administrator(hall, '/admin/horaires');
  const monday = page.getByRole('group', { name: 'Lundi' });
  await monday.getByLabel('de (Lundi, 1)').fill('08:30');
  await monday.getByLabel('à (Lundi, 1)').fill('12:00');
  await page.getByRole('button', { name: 'Enregistrer dans le brouillon' }).click();
  await sees(page, 'lundi 23');
  const row = page.getByRole('row', { name: /lundi 23/ });
  await row.getByText('08:30–12:00').waitFor();
  await page.getByRole('row', { name: /mardi 24/ }).getByText('fermé').waitFor();
  await page.goto('/admin/fermetures/nouveau');
  await page.getByLabel('Premier jour').fill('2026-11-23');
  await page.getByLabel('Raison', { exact: true }).fill('Réunion du personnel');
  await page.getByRole('button', { name: 'Enregistrer dans le brouillon' }).click();
  await sees(page, 'Réunion du personnel');
  await looksRight(page, 'admin-fermetures');
  await page.goto('/admin/horaires');
  await page.getByRole('row', { name: /lundi 23.*fermé.*Réunion du personnel/ }).waitFor();
  await looksRight(page, 'admin-horaires');
});

hallTest('two who edit the same lose nothing', { clock: CLOCK }, async (hall) => {
  const one = await administrator(hall, '/admin/guichets/1');
  const other = await one.context().newPage();
  await other.goto('/admin/guichets/1');
  const save = (page) => page.getByRole('button', { name: 'Enregistrer dans le brouillon' }).click();
  await one.getByLabel('Nom', { exact: true }).fill('Guichet A');
  await save(one);
  await sees(one, 'Guichet A');
  await other.getByLabel('Nom', { exact: true }).fill('Guichet Un');
  await save(other);
  await sees(other, 'pendant votre saisie');
  await sees(other, 'Guichet A');
  assert.equal(await other.getByLabel('Nom', { exact: true }).inputValue(), 'Guichet Un');
  await looksRight(other, 'admin-conflit');
});

const FAMILY = '[[family]]\nid = "papiers"\nname = { fr = "Papiers d’identité" }\n\n';
const withFamily = (text) => text.replaceAll(/^\[\[service\]\]\n/gm, '$&family = "papiers"\n').replace('[[service]]', `${FAMILY}$&`);

hallTest('every other page of administration', { clock: CLOCK, catalogue: withFamily }, async (hall) => {
  const page = await administrator(hall, '/admin');
  const paths = {
    accueil: '/admin',
    site: '/admin/site',
    salles: '/admin/salles',
    familles: '/admin/familles',
    quotas: '/admin/quotas',
    fermeture: '/admin/fermetures/nouveau',
    guichets: '/admin/guichets',
    guichet: '/admin/guichets/4',
    affichages: '/admin/affichages',
    affichage: '/admin/affichages/hall',
    salle: '/admin/salles/salle-a',
    famille: '/admin/familles/papiers',
    'service-nouveau': '/admin/services/nouveau',
    enquete: '/admin/enquete',
    reponses: '/admin/enquete/reglages',
    question: '/admin/enquete/1',
    transfert: '/admin/transfert',
    sites: '/admin/sites',
    comptes: '/admin/comptes',
    'compte-nouveau': '/admin/comptes/nouveau',
    'brouillon-vide': '/admin/brouillon',
  };
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(path);
    await looksRight(page, `admin-${name}`);
  }
  await page.goto('/admin/comptes/nouveau');
  await page.getByLabel('Nom').fill('Omar');
  await page.getByRole('button', { name: 'Ajouter' }).click();
  await sees(page, 'il n’est montré qu’une fois');
  await looksRight(page, 'admin-mot-de-passe');
  await page.getByRole('link', { name: 'C’est noté' }).click();
  await page.getByRole('link', { name: 'Omar' }).click();
  await page.waitForURL(/\/admin\/comptes\/(?!nouveau)./);
  await looksRight(page, 'admin-compte');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/admin/services/titres');
  await looksRight(page, 'admin-service-etroit');
});
