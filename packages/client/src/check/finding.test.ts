import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbersText, Suspicion, Suspicions } from './finding.ts';

const key = (...names: string[]): Uint8Array => Buffer.from(names.join('\0'));

test('a finding names twenty paths and counts the others', () => {
  const suspicion = new Suspicion('damage', 'Lost', 'Find it');
  for (let i = 0; i < 25; i++) suspicion.affectsPath(2, key('chats', `${i}.jpg`));
  suspicion.affectsPath(3, key('chats', '0.jpg'));
  const { affects } = suspicion.finding();
  assert.equal(affects.length, 22);
  assert.equal(affects[0], 'snapshots 2–3');
  assert.equal(affects[1], 'chats/0.jpg');
  assert.equal(affects.at(-1), 'and 5 more');
});

test('a finding shows names that would drive a terminal as escapes', () => {
  const suspicion = new Suspicion('damage', 'Lost', 'Find it');
  suspicion.affectsPath(1, key('a\u001b[2J\u202e'));
  suspicion.affectsPath(1, Uint8Array.of(0x61, 0xff));
  suspicion.affectsPath(1, key('\u0085', 'é'));
  suspicion.affectsPath(1, Uint8Array.of(0x85, 0, 0xc3, 0xa9));
  assert.deepEqual(suspicion.finding().affects.slice(1), [
    ...['a\\x1b[2J\\u{202e}', 'a\\xff', '\\u{85}/é', '\\x85/é'],
  ]);
});

test('the same damage is one finding, and damage comes before warnings', () => {
  const suspicions = new Suspicions();
  suspicions.get('a', () => new Suspicion('warning', 'Odd', 'Wait'));
  for (const blob of ['1', '2', '2']) {
    const make = () => new Suspicion('damage', (count) => `${count} lost`, 'Find');
    suspicions.get('b', make).count(blob);
  }
  assert.deepEqual(suspicions.findings(), [
    { severity: 'damage', what: '2 lost', affects: [], remedy: 'Find' },
    { severity: 'warning', what: 'Odd', affects: [], remedy: 'Wait' },
  ]);
});

test('damage that affects nothing is a note', () => {
  const suspicion = new Suspicion('damage', 'Lost', 'Find', 'Prune');
  const note = { severity: 'note', what: 'Lost', affects: [], remedy: 'Prune' };
  assert.deepEqual(suspicion.finding(), note);
  suspicion.affectsSnapshot(1);
  assert.equal(suspicion.finding().severity, 'damage');
});

test('a remedy is told when the newest snapshots of the same folders are sound', () => {
  const newest = new Map([1, 2, 3, 4].map((number) => [number, number < 4 ? 3 : 4]));
  const remedyOf = (...affected: number[]): string => {
    const suspicion = new Suspicion('damage', 'Lost', (outdated) =>
      outdated === null ? 'Back up' : `Forget ${outdated.affected}, not ${outdated.sound}`,
    );
    for (const number of affected) suspicion.affectsSnapshot(number);
    return suspicion.finding(newest).remedy;
  };
  assert.equal(remedyOf(1, 2), 'Forget 1,2, not 3');
  for (const affected of [[1, 3], [1, 4], [4]]) assert.equal(remedyOf(...affected), 'Back up');
});

test('numbersText() joins neighbours', () => {
  assert.equal(numbersText('head', [4]), 'head 4');
  assert.equal(numbersText('head', [9, 1, 2, 3]), 'heads 1–3, 9');
});
