// Vectors of which heads a vault takes (spec/vault-protocol.md §8).

import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HEAD_BOX_BYTES, type HeadLink, signHead } from '@holdfast/core/head';
import { Secret } from '@holdfast/core/secret';
import { drawn } from './counting-crypto.ts';
import { ownBackupId, type Signer, signer } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const HEAD_KEY = signer('a head key');
const NO_HASH = new Uint8Array(32);

/** Heads by name. */
class Heads {
  readonly objects: Record<string, Uint8Array> = {};
  readonly #backupId: Uint8Array;

  constructor(backupId: Uint8Array) {
    this.#backupId = backupId;
  }

  /** @param previous Name of the head before; null for the first. */
  async add(
    name: string,
    number: number,
    previous: string | null,
    fields: Partial<HeadLink> = {},
    by: Signer = HEAD_KEY,
  ): Promise<void> {
    const link = {
      ...{ backupId: this.#backupId, generation: 0, number, epoch: 0 },
      previousHash: previous === null ? NO_HASH : this.hashOf(previous),
      keyringHash: drawn('hash of the keyring'),
      ...fields,
    };
    const head = { ...link, box: drawn(`box of ${name}`, HEAD_BOX_BYTES) };
    this.objects[name] = await signHead(nodeCrypto, new Secret(by.seed.slice()), head);
  }

  hashOf(name: string): Uint8Array {
    return nodeCrypto.sha256(this.objects[name] as Uint8Array);
  }
}

async function makeHeads(): Promise<Heads> {
  const heads = new Heads(await ownBackupId());
  await heads.add('1', 1, null);
  await heads.add('2', 2, '1');
  await heads.add('3', 3, '2');
  await heads.add('5 after 3', 5, '3');
  await heads.add('3 of a fork', 3, '2');
  await heads.add('4 of a fork', 4, '3 of a fork');
  await heads.add('2 after 3', 2, '3');
  await heads.add('4 of generation 1', 4, '3', { generation: 1 });
  await heads.add('4 of another backup', 4, '3', { backupId: drawn('another backup') });
  await heads.add('4 by another key', 4, '3', {}, signer('another head key'));
  await heads.add('1 after another', 1, '3');
  await heads.add('4 after none', 4, null);
  return heads;
}

export async function vaultHeadVectors(): Promise<VectorFile> {
  const heads = await makeHeads();
  const witness = (
    name: string,
    newest: string | null,
    shown: readonly string[],
    code?: string,
  ) => {
    return { name, kind: 'witness', newest, shown, ...(code && { code }) };
  };
  const rebase = (
    name: string,
    newest: string | null,
    displaced: string | null,
    shown: string,
    code?: string,
  ) => {
    const displacedHash = displaced === null ? NO_HASH : heads.hashOf(displaced);
    return { name, kind: 'rebase', newest, displacedHash, shown: [shown], ...(code && { code }) };
  };
  const damaged = (name: string, ...shown: readonly string[]) =>
    witness(name, '3', shown, 'damaged');
  return {
    path: 'vault-protocol/heads.json',
    description:
      'What heads that are shown make of a vault\'s newest one (spec/vault-protocol.md §8.1, §8.2): "newest" before, by name, null for none. In a case the last of "shown" is the newest afterwards. The code "conflict" is an outcome: the newest stays. The boxes are random.',
    given: {
      backupId: await ownBackupId(),
      headPublicKey: HEAD_KEY.publicKey,
      heads: heads.objects,
    },
    cases: [
      witness('the first head of all', null, ['1']),
      witness('a vault that comes later begins where it is shown', null, ['3', '5 after 3']),
      witness('the next one', '1', ['2']),
      witness('the next one, whose number is greater by two', '3', ['5 after 3']),
      witness('all that is missing', '1', ['2', '3', '5 after 3']),
      witness('the newest among those shown', '2', ['1', '2', '3']),
      witness('again', '3', ['3']),
      witness('again, with those before it', '3', ['1', '2', '3']),
      rebase('a fork', '3', '3', '4 of a fork'),
      rebase('an older one', '3', '3', '2'),
      rebase('a re-base repeated', '4 of a fork', '3', '4 of a fork'),
    ],
    failures: [
      witness('an older one', '3', ['2'], 'conflict'),
      witness('a gap', '1', ['3'], 'conflict'),
      witness('a fork', '3', ['3 of a fork'], 'conflict'),
      witness(
        'a fork from where it begins',
        '3',
        ['1', '2', '3 of a fork', '4 of a fork'],
        'conflict',
      ),
      witness('a lower number after the newest', '3', ['2 after 3'], 'conflict'),
      witness('an earlier message replayed after a re-base', '4 of a fork', ['2', '3'], 'conflict'),
      rebase('of another than the newest', '4 of a fork', '3', '2', 'conflict'),
      rebase('of what a vault without heads has', null, null, '2', 'conflict'),
      damaged('a gap among those shown', '3', '5 after 3', '4 of a fork'),
      damaged('numbers that fall', '3', '2 after 3'),
      damaged('one shown twice', '3', '3'),
      damaged('the wrong order', '3', '2'),
      damaged('of another generation', '4 of generation 1'),
      damaged('of another backup', '4 of another backup'),
      damaged('signed by another key', '4 by another key'),
      damaged('the last signed by another key', '3', '4 by another key'),
      damaged('a first one that names another', '1 after another'),
      damaged('a later one that names none', '4 after none'),
      rebase('to one signed by another key', '3', '3', '4 by another key', 'damaged'),
      rebase('to another generation', '3', '3', '4 of generation 1', 'damaged'),
    ],
  };
}
