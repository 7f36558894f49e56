// Text as people type it in chats: word frequencies by Zipf's law, mostly short, sometimes long,
// with emoji, times, links and line breaks.

import { LANGUAGES, type Language } from './languages.ts';
import { Random, WeightedChoice } from './random.ts';

const VOCABULARY_WORDS = 6000;
const MAX_WORDS = 160;
const STOCK_PHRASES = 300;

const EMOJI = [
  ...[
    '😂',
    '❤️',
    '😍',
    '👍',
    '🙏',
    '😭',
    '😊',
    '🥰',
    '😘',
    '🤣',
    '👏',
    '🎉',
    '🔥',
    '😅',
    '😁',
    '🙈',
  ],
  ...[
    '💪',
    '🤔',
    '😎',
    '🎂',
    '✨',
    '🌹',
    '👌🏽',
    '🤷🏻‍♀️',
    '👨‍👩‍👧‍👦',
    '🇧🇷',
    '🏳️‍🌈',
    '☕',
    '🍕',
    '⚽',
    '🚗',
    '🏠',
  ],
];
const EMOJI_CHOICE = new WeightedChoice(EMOJI.map((_, rank) => 1 / (rank + 1)));
const SITES = ['youtu.be', 'maps.app.goo.gl', 'www.instagram.com', 'example.org', 'news.example'];

interface Vocabulary {
  readonly words: readonly string[];
  readonly choice: WeightedChoice;
  /** What people say all the time; the most usual first. */
  readonly phrases: readonly string[];
}

const VOCABULARIES = new Map<Language, Vocabulary>();

function vocabularyOf(language: Language): Vocabulary {
  const known = VOCABULARIES.get(language);
  if (known !== undefined) return known;
  const random = new Random(`vocabulary ${language.code}`);
  const words = new Set(language.commonWords);
  while (words.size < VOCABULARY_WORDS) {
    let word = '';
    for (let left = random.between(2, 4); left > 0; left--) word += random.pick(language.syllables);
    words.add(word);
  }
  const list = [...words];
  const choice = new WeightedChoice(list.map((_, rank) => 1 / (rank + 2)));
  const phrases: string[] = [];
  const vocabulary = { words: list, choice, phrases };
  VOCABULARIES.set(language, vocabulary);
  for (let left = STOCK_PHRASES; left > 0; left--) {
    phrases.push(inventWords(random, language, random.between(1, 5)));
  }
  return vocabulary;
}

export interface ChatText {
  readonly text: string;
  /** The link in `text`, or null: phones store its preview beside the message. */
  readonly url: string | null;
}

export function inventText(random: Random, language: Language): ChatText {
  const kind = random.fraction();
  if (kind < 0.05) return { text: inventEmoji(random), url: null };
  if (kind > 0.75) {
    const phrase = vocabularyOf(language).phrases[PHRASE_CHOICE.next(random)] as string;
    return { text: phrase, url: null };
  }
  const words = Math.min(MAX_WORDS, Math.ceil(random.logNormal(5.2, 0.9)));
  let text = inventWords(random, language, words);
  if (kind < 0.07) {
    const url = `https://${random.pick(SITES)}/${random.hex(16).toLowerCase()}`;
    text = random.chance(0.5) ? url : `${text} ${url}`;
    return { text, url };
  }
  if (kind < 0.19) text += ` ${inventEmoji(random)}`;
  else if (kind < 0.24)
    text += ` ${random.between(7, 23)}:${random.pick(['00', '15', '30', '45'])}`;
  else if (kind < 0.36) text += '?';
  else if (kind < 0.5) text += random.pick(['!', '.', '...', '!!']);
  return { text, url: null };
}

/** @returns that many words, the first one with a capital letter. */
export function inventWords(random: Random, language: Language, count: number): string {
  const vocabulary = vocabularyOf(language);
  let text = '';
  for (let made = 0; made < count; made++) {
    const word = vocabulary.words[vocabulary.choice.next(random)] as string;
    if (made === 0) text = word.charAt(0).toUpperCase() + word.slice(1);
    else if (made % 25 === 0) text += `\n${word}`;
    else text += (random.chance(0.06) ? `,${language.separator}` : language.separator) + word;
  }
  return text;
}

/** What `text` becomes when its writer corrects a word. */
export function correctText(random: Random, language: Language, text: string): string {
  const { separator } = language;
  const words = separator === '' ? [...text] : text.split(separator);
  words[random.between(0, words.length - 1)] = random.pick(language.commonWords);
  return words.join(separator);
}

export function inventEmoji(random: Random): string {
  const emoji = EMOJI[EMOJI_CHOICE.next(random)] as string;
  return random.chance(0.25) ? emoji.repeat(random.between(2, 4)) : emoji;
}

const PHRASE_CHOICE = new WeightedChoice(
  Array.from({ length: STOCK_PHRASES }, (_, rank) => 1 / (rank + 1)),
);
const LANGUAGE_CHOICE = new WeightedChoice(LANGUAGES.map((language) => language.share));

export function inventLanguage(random: Random): Language {
  return LANGUAGES[LANGUAGE_CHOICE.next(random)] as Language;
}
