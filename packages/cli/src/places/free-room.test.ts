import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freeRoom } from './free-room.ts';

test('freeRoom() is of the disk that a folder will lie on', async () => {
  const { blocks, bsize } = statfsSync(tmpdir());
  const room = await freeRoom(join(tmpdir(), 'holdfast-not-there', 'deeper'));
  assert.ok(room !== null && room > 0 && room <= blocks * bsize, `${room}`);
  assert.equal(await freeRoom('/dev/null/below-a-file'), null);
});
