import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testMetadataContract } from '@holdfast/testing/metadata-store-contract';
import { openSqliteMetadata } from './sqlite-metadata.ts';

testMetadataContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-metadata-'));
  const path = join(folder, 'provider.sqlite');
  const metadata = await openSqliteMetadata(path);
  return {
    metadata,
    openAgain: () => openSqliteMetadata(path),
    destroy: async () => {
      await metadata.close();
      await rm(folder, { recursive: true });
    },
  };
});
