/** Phrases that everybody knows, and that whoever tries passwords begins with; letters only. */
const FAMOUS = [
  'allyourbasearebelongtous',
  'beammeupscotty',
  'correcthorsebatterystaple',
  'elementarymydearwatson',
  'franzjagtimkomplettverwahrlostentaxi',
  'hakunamatata',
  'hastalavistababy',
  'ichbineinberliner',
  'inthebeginningwastheword',
  'livelongandprosper',
  'loremipsumdolor',
  'maytheforcebewithyou',
  'nevergonnagiveyouup',
  'onceuponatime',
  'opensesame',
  'ourfatherwhoartinheaven',
  'seinodernichtsein',
  'supercalifragilisticexpialidocious',
  'thequickbrownfox',
  'thereisnospoon',
  'threeringsfortheelvenkings',
  'tobeornottobe',
  'wearethechampions',
  'winteriscoming',
  'youshallnotpass',
] as const;

/** Letters beside it that make no other phrase of it. */
const MORE_MAX = 6;

/** Whether it is one of them, however it is spaced, with a few letters more. */
export function isFamous(password: string): boolean {
  const letters = password.toLowerCase().replaceAll(/[^\p{L}]/gu, '');
  return FAMOUS.some(
    (phrase) => letters.includes(phrase) && letters.length - phrase.length <= MORE_MAX,
  );
}
