/**
 * Names of stored objects (spec/store-contract.md §2): two to four parts of lower-case letters,
 * digits, `-` and `.`, parted by `/`. Every store accepts exactly these.
 */

/** Longest object name, in characters (all of them ASCII). */
const MAX_OBJECT_NAME_CHARACTERS = 200;

const PART = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?';
const OBJECT_NAME = new RegExp(`^${PART}(?:/${PART}){1,3}$`);
const PREFIX_CHARACTERS = /^[a-z0-9./-]*$/;

/** Whether `name` may name an object. Parts never begin or end with `.` or `-`, nor hold `..`. */
export function isObjectName(name: string): boolean {
  return (
    name.length <= MAX_OBJECT_NAME_CHARACTERS && OBJECT_NAME.test(name) && !name.includes('..')
  );
}

/** @throws {RangeError} when `name` can't name an object; before anything is asked of the store. */
export function assertObjectName(name: string): void {
  if (!isObjectName(name)) {
    throw new RangeError(
      `"name" must be an object name such as heads/000000000001: got ${JSON.stringify(name)}`,
    );
  }
}

/** @throws {RangeError} when no object name can begin with `prefix`. The empty prefix is allowed. */
export function assertNamePrefix(prefix: string): void {
  const isPossible =
    prefix.length <= MAX_OBJECT_NAME_CHARACTERS &&
    PREFIX_CHARACTERS.test(prefix) &&
    prefix.split('/').every((part, index, parts) => isPartStart(part, index === parts.length - 1));
  if (!isPossible) {
    throw new RangeError(
      `"prefix" must be the beginning of an object name: got ${JSON.stringify(prefix)}`,
    );
  }
}

function isPartStart(part: string, isLast: boolean): boolean {
  if (part === '') {
    return isLast;
  }
  return /^[a-z0-9]/.test(part) && !part.includes('..');
}
