/** What a provider takes under which name (spec/provider-api.md §5.1). */
import { HEAD_BYTES } from '@holdfast/core/head';
import { RECOVERY_RECORD_BYTES } from '@holdfast/core/recovery-record';
import { ROTATION_BYTES } from '@holdfast/core/rotation';
import { CERTIFICATE_BYTES } from '@holdfast/core/vault-protocol';

/** What one name stands for. */
export interface ObjectKind {
  /** What the object itself has to be, beyond its length and hash. */
  readonly what: 'sealed' | 'head' | 'rotation' | 'record' | 'commit';
  isLength(lengthBytes: number): boolean;
  /** SHA-256 of the object in hex; null where the name does not say it. */
  readonly hashHex: string | null;
  readonly isDeletable: boolean;
}

/** @returns null for a name that no object has. */
export type KindOfName = (name: string) => ObjectKind | null;

const STEP_BYTES = 256 * 1024;
const PACK_LENGTHS: ReadonlySet<number> = new Set(
  Array.from({ length: 7 }, (_, k) => STEP_BYTES * 2 ** k),
);
/** Of all objects there are. */
export const OBJECT_MAX_BYTES = STEP_BYTES * 2 ** 6;
const KEYRING_BYTES = 4096;

const NAME =
  /^(?:packs\/(?<shard>[0-9a-f]{2})\/(?<pack>[0-9a-f]{64})|marks\/(?<mark>[0-9a-f]{64})|keyrings\/(?<keyring>[0-9a-f]{64})|(?<numbered>heads|rotations)\/(?<number>\d{12})|(?<versioned>records|commits)\/[a-z]{1,20}-\d{6})$/;

/** Of Holdfast's objects. */
export const kindOfName: KindOfName = (name) => {
  const parts = NAME.exec(name)?.groups;
  if (parts === undefined) return null;
  const { shard, pack, mark, keyring, numbered, number, versioned } = parts;
  if (pack !== undefined) {
    if (!pack.startsWith(shard ?? '')) return null;
    return sealed(pack, (lengthBytes) => PACK_LENGTHS.has(lengthBytes), true);
  }
  if (mark !== undefined) return sealed(mark, isExactly(STEP_BYTES), true);
  if (keyring !== undefined) return sealed(keyring, isExactly(KEYRING_BYTES), false);
  if (numbered !== undefined && Number(number) === 0) return null;
  if (numbered === 'heads') return judged('head', HEAD_BYTES);
  if (numbered === 'rotations') return judged('rotation', ROTATION_BYTES);
  return versioned === 'records'
    ? judged('record', RECOVERY_RECORD_BYTES)
    : judged('commit', CERTIFICATE_BYTES);
};

function sealed(
  hashHex: string,
  isLength: ObjectKind['isLength'],
  isDeletable: boolean,
): ObjectKind {
  return { what: 'sealed', isLength, hashHex, isDeletable };
}

function judged(what: ObjectKind['what'], lengthBytes: number): ObjectKind {
  return { what, isLength: isExactly(lengthBytes), hashHex: null, isDeletable: false };
}

function isExactly(wanted: number): ObjectKind['isLength'] {
  return (lengthBytes) => lengthBytes === wanted;
}
