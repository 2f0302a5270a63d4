// Every page, in each of its states: nothing serious to axe-core, nothing that scrolls sideways, and a picture.

import { called, received } from './lib/console.mjs';
import { hallTest } from './lib/hall.mjs';
import { sees } from './lib/live.mjs';
import { looksRight } from './lib/look.mjs';
import { PASSWORD } from './lib/server.mjs';

const CLOCK = '2026-11-21T09:42:00+01:00';

hallTest('signing in and choosing a counter', async (hall) => {
  hall.server.addPerson('Noé');
  const page = await hall.page('/connexion');
  await looksRight(page, 'connexion');
  await page.getByLabel('Nom').fill('Personne');
  await page.getByLabel('Mot de passe').fill('rien');
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await sees(page, 'Le nom ou le mot de passe n’est pas le bon.');
  await looksRight(page, 'connexion-refusee');

  await hall.agent('Léa', '1');
  const other = await hall.agent('Sofiane');
  await sees(other, 'Occupé par Léa');
  await looksRight(other, 'poste');
});

hallTest('the console, empty and with people', async (hall) => {
  const page = await hall.agent('Léa', '1');
  await sees(page, 'Personne n’attend pour ce guichet.');
  await looksRight(page, 'guichet-vide');

  await hall.borne.issue('titres', 2);
  await hall.borne.issue('retrait', 1, { lang: 'uk', priority: true });
  await hall.borne.issue('titres', 40, { group: 3 });
  await sees(page, 'File (43)');
  await looksRight(page, 'guichet-file');

  await page.keyboard.press('F2');
  await called(page);
  await hall.borne.callForHelp();
  await sees(page, 'une personne demande de l’aide');
  await looksRight(page, 'guichet-appel');

  await page.keyboard.press('F8');
  await received(page);
  await looksRight(page, 'guichet-recu');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'guichet-etroit');
});

hallTest('today’s tickets, given and stopped', async (hall) => {
  const page = await hall.agent('Léa', '1', { role: 'supervisor' });
  await page.goto('/salle/tickets');
  await looksRight(page, 'tickets');
  await page.getByRole('button', { name: 'Ne plus donner de tickets aujourd’hui' }).click();
  await sees(page, 'Plus de tickets depuis');
  await looksRight(page, 'tickets-arretes');
  await page.goto('/guichet');
  await sees(page, 'Les bornes ne donnent plus de tickets');
  await looksRight(page, 'guichet-tickets-arretes');
});

hallTest('the display, empty and with calls', async (hall) => {
  const display = await hall.display('hall');
  await sees(display, 'Les numéros appelés s’affichent ici.');
  await looksRight(display, 'ecran-vide');
  await hall.borne.issue('titres', 2);
  for (const [name, counter] of [['Léa', '1'], ['Sofiane', '2']]) {
    const agent = await hall.agent(name, counter);
    await agent.keyboard.press('F2');
  }
  await sees(display, 'Guichet 1');
  await sees(display, 'Guichet 2');
  await looksRight(display, 'ecran-appels');
});

hallTest('who did what', async (hall) => {
  hall.server.addPerson('Ada', 'administrator');
  const page = await hall.page('/connexion');
  for (const [password, next] of [['rien', 'n’est pas le bon'], [PASSWORD, 'Que voulez-vous faire']]) {
    await page.getByLabel('Nom').fill('Ada');
    await page.getByLabel('Mot de passe').fill(password);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await sees(page, next);
  }
  await page.getByRole('link', { name: 'Administration' }).first().click();
  await page.getByRole('link', { name: 'Journal' }).click();
  await sees(page, 'Connexion refusée');
  await looksRight(page, 'journal');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'journal-etroit');
});

const QUARTER_S = 15 * 60;

hallTest('the rooms of somebody who may open several, their password, and being asked who they are', { clock: CLOCK }, async (hall) => {
  const page = await hall.agent('Inès', undefined, { role: 'supervisor' });
  await sees(page, 'Que voulez-vous faire');
  await looksRight(page, 'rubriques');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'rubriques-etroit');
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.getByRole('link', { name: 'Mot de passe' }).click();
  await looksRight(page, 'moi');
  await page.getByLabel('Mot de passe actuel').fill('autre chose');
  await page.getByLabel('Nouveau mot de passe').fill('une longue phrase');
  await page.getByLabel('Le même, encore une fois').fill('une longue phrase');
  await page.getByRole('button', { name: 'Changer le mot de passe' }).click();
  await page.getByRole('alert').waitFor();
  await looksRight(page, 'moi-refuse');

  // What is typed after a quarter of an hour is kept while they say once more who they are.
  await page.goto('/regles/brouillon');
  await page.getByLabel('Toutes les démarches').fill('30');
  await hall.server.advance(QUARTER_S + 60);
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click();
  await sees(page, 'Ce que vous avez saisi est gardé');
  await looksRight(page, 'encore');
  await page.getByLabel('Mot de passe').fill('autre chose');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('alert').waitFor();
  await looksRight(page, 'encore-refuse');
  await page.goto('/connexion/encore?vers=/regles');
  await looksRight(page, 'encore-page');
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.waitForURL('**/regles');
});

hallTest('where to work, for somebody of two sites', async (hall) => {
  const page = await hall.agent('Zoé', undefined, { role: 'administrator' });
  await page.goto('/admin/sites');
  await page.getByLabel('Nom', { exact: false }).first().fill('Annexe du port');
  await page.getByRole('button', { name: 'Ajouter ce site' }).click();
  await sees(page, 'Annexe du port');
  await page.goto('/site');
  await sees(page, 'Vous y êtes.');
  await looksRight(page, 'sites');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'sites-etroit');
});

const NOBODY = '[oidc]\nissuer = "https://127.0.0.1:9/ville"\nname = "la ville"\nclient_id = "accueil"\nrole_claim = "groups"\nroles = { agents = "agent" }\n';

hallTest('a service that signs people in and does not answer', { settings: NOBODY }, async (hall) => {
  const page = await hall.page('/connexion');
  await page.getByRole('link', { name: 'Se connecter avec la ville' }).waitFor();
  await looksRight(page, 'connexion-ville');
  await page.goto('/connexion/sso');
  await page.getByRole('link', { name: 'Page de connexion' }).waitFor();
  await looksRight(page, 'ville-muette');
  await page.goto('/connexion/sso/retour?state=autre');
  await page.getByRole('link', { name: 'Page de connexion' }).waitFor();
  await looksRight(page, 'ville-inconnue');
});

hallTest('a screen that is to be linked', async (hall) => {
  const page = await hall.page('/afficher');
  await looksRight(page, 'afficher');
  await page.getByLabel('Code de l’écran').fill('ABCD-EFGH-IJKL-MNOP');
  await page.getByRole('button', { name: 'Relier cet écran' }).click();
  await page.getByRole('alert').waitFor();
  await looksRight(page, 'afficher-refuse');
});

hallTest('what is not there, and what was refused', async (hall) => {
  const page = await hall.page('/nulle-part');
  await sees(page, 'Cette page n’existe pas.');
  await looksRight(page, 'introuvable');
});

hallTest('the screens of a hall: one linked, a code for another, one asked for and taken away', async (hall) => {
  const screen = await hall.display('hall');
  const page = await hall.agent('Inès', undefined, { role: 'administrator' });
  await page.goto('/admin/ecrans');
  await sees(page, 'Écrans de ce site');
  await looksRight(page, 'ecrans');
  await page.getByRole('button', { name: 'Créer un code' }).click();
  await sees(page, 'Il n’est montré que cette fois.');
  await looksRight(page, 'ecrans-code');
  await page.setViewportSize({ width: 360, height: 740 });
  await looksRight(page, 'ecrans-etroit');
  await page.getByRole('link', { name: 'Retirer' }).click();
  await looksRight(page, 'ecrans-retirer');
  await page.getByRole('button', { name: 'Retirer cet écran' }).click();
  await page.waitForURL('**/admin/ecrans');
  await sees(page, 'Retiré');
  await screen.getByLabel('Code de l’écran').waitFor();
});

hallTest('a screen whose place another page has taken', async (hall) => {
  const older = await hall.display('hall');
  const newer = await older.context().newPage();
  await newer.goto('/a/hall');
  await sees(older, 'Écran repris par une autre page');
  await looksRight(older, 'affichage-repris');
});
