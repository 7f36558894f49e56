export { CHECK_LETTERS, checkLetter } from './check-letter.ts';
export { type FoundTypo, findKeyTypos, KEY_TYPO_CANDIDATES } from './find-key-typos.ts';
export { formatKey } from './format-key.ts';
export { type ParsedKey, parseKey, parseKeyRow } from './parse-key.ts';
export { ACCOUNT_CODE, ROOT_KEY, type WrittenForm } from './written-form.ts';
