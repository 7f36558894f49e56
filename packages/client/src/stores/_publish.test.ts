import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Published, publishByClaim, publishByLink } from './_publish.ts';
import { writeTemporary } from './_temporary.ts';

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-publish-'));
});

after(async () => {
  await rm(folder, { recursive: true });
});

for (const [how, publish] of [
  ['a link', publishByLink],
  ['a claim', publishByClaim],
] as const) {
  describe(`publishing by ${how}`, () => {
    test('gives the temporary its name and leaves nothing else behind', async () => {
      const inside = await mkdtemp(join(folder, 'own-'));
      const temporary = await writeTemporary(inside, Uint8Array.of(1));
      assert.equal(await publish(temporary, join(inside, 'object')), 'stored');
      assert.deepEqual(await readdir(inside), ['object']);
      assert.deepEqual(new Uint8Array(await readFile(join(inside, 'object'))), Uint8Array.of(1));
    });

    test('keeps what is there and removes the temporary', async () => {
      const inside = await mkdtemp(join(folder, 'kept-'));
      await writeFile(join(inside, 'object'), 'first');
      const temporary = await writeTemporary(inside, Uint8Array.of(1));
      assert.equal(await publish(temporary, join(inside, 'object')), 'exists');
      assert.deepEqual(await readdir(inside), ['object']);
      assert.equal(await readFile(join(inside, 'object'), 'utf8'), 'first');
    });

    test('tells that somebody removed the temporary', async () => {
      const inside = await mkdtemp(join(folder, 'gone-'));
      const temporary = await writeTemporary(inside, Uint8Array.of(1));
      await unlink(temporary);
      assert.equal(await publish(temporary, join(inside, 'object')), 'vanished');
      assert.deepEqual(await readdir(inside), []);
    });
  });
}

describe('a claim', () => {
  test('left by a crash is moved away in the end', async () => {
    const inside = await mkdtemp(join(folder, 'crash-'));
    await mkdir(join(inside, '.claim-object'));
    await writeFile(join(inside, '.claim-object', '.tmp-dead'), 'dead');
    const temporary = await writeTemporary(inside, Uint8Array.of(1));
    assert.equal(await publishByClaim(temporary, join(inside, 'object'), 2), 'stored');
    assert.deepEqual(await readdir(inside), ['object']);
  });

  test('is waited for no longer than until the object is there', async () => {
    const inside = await mkdtemp(join(folder, 'wait-'));
    await mkdir(join(inside, '.claim-object'));
    await writeFile(join(inside, '.claim-object', '.tmp-alive'), 'alive');
    const temporary = await writeTemporary(inside, Uint8Array.of(1));
    const published = publishByClaim(temporary, join(inside, 'object'));
    await writeFile(join(inside, 'object'), 'theirs');
    assert.equal(await published, 'exists');
    assert.deepEqual((await readdir(inside)).sort(), ['.claim-object', 'object']);
  });

  test('taken from under its holder again and again still lets exactly one win', async () => {
    for (let round = 0; round < 20; round++) {
      const inside = await mkdtemp(join(folder, 'steal-'));
      const path = join(inside, 'object');
      const answers = await Promise.all(
        Array.from(
          { length: 12 },
          async (_, racer) => await publishImpatiently(inside, path, racer),
        ),
      );
      assert.equal(answers.filter((answer) => answer === 'stored').length, 1);
      assert.deepEqual(
        new Uint8Array(await readFile(path)),
        Uint8Array.of(answers.indexOf('stored')),
      );
      assert.deepEqual(await readdir(inside), ['object']);
    }
  });
});

/** Moves every claim away that it meets, and starts again when that happened to its own. */
async function publishImpatiently(inside: string, path: string, racer: number): Promise<Published> {
  for (;;) {
    const temporary = await writeTemporary(inside, Uint8Array.of(racer));
    const published = await publishByClaim(temporary, path, 1).catch((error: { code?: string }) => {
      // Too many rounds of moving others' claims away: the put would fail, and be tried again.
      assert.match(error.code ?? '', /^(ENOTEMPTY|EEXIST|EPERM|EACCES)$/);
      return 'vanished' as const;
    });
    if (published !== 'vanished') {
      return published;
    }
  }
}
