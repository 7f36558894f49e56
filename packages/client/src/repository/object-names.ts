/** Names of objects in a store (spec/store-contract.md). */
import { toHex } from '@holdfast/core/bytes';
import type { RecoveryMethod } from '@holdfast/core/recovery-record';

export const HEAD_PREFIX = 'heads/';
export const PACK_PREFIX = 'packs/';
export const RECORD_PREFIX = 'records/';
export const COMMIT_PREFIX = 'commits/';
export const MARK_PREFIX = 'marks/';
export const ROTATION_PREFIX = 'rotations/';

/** @param number From 1. */
export function headName(number: number): string {
  return `${HEAD_PREFIX}${String(number).padStart(12, '0')}`;
}

/** Of the certificate that makes the head of that number the first of a new root key. */
export function rotationName(number: number): string {
  return `${ROTATION_PREFIX}${String(number).padStart(12, '0')}`;
}

/** The number in the name of such a certificate; null when that is none. */
export function rotationNumberOf(name: string): number | null {
  const digits = /^rotations\/(\d{12})$/.exec(name)?.[1];
  const number = Number(digits ?? 0);
  return number > 0 ? number : null;
}

/** The number of the head that has this name; null when that is no name of a head. */
export function headNumberOf(name: string): number | null {
  const digits = /^heads\/(\d{12})$/.exec(name)?.[1];
  const number = Number(digits ?? 0);
  return number > 0 ? number : null;
}

/** @param hash SHA-256 of the pack. */
export function packName(hash: Uint8Array): string {
  const hex = toHex(hash);
  return `${PACK_PREFIX}${hex.slice(0, 2)}/${hex}`;
}

/** @param hash SHA-256 of the keyring. */
export function keyringName(hash: Uint8Array): string {
  return `keyrings/${toHex(hash)}`;
}

/** Whether a name is that of a mark of prune: 64 hex digits, the SHA-256 of the object. */
export function isMarkName(name: string): boolean {
  return /^marks\/[0-9a-f]{64}$/.test(name);
}

/** The certificate that makes vaults take a record. */
export function certificateName(method: RecoveryMethod, version: number): string {
  return `${COMMIT_PREFIX}${methodVersion(method, version)}`;
}

/** Versions of records, or of certificates, whose names begin so. */
export function versionOf(method: RecoveryMethod, name: string): number | null {
  const digits = /^(?:records|commits)\/([a-z]+)-(\d{6})$/.exec(name);
  const version = Number(digits?.[2] ?? 0);
  return digits?.[1] === method && version > 0 ? version : null;
}

export function recordName(method: RecoveryMethod, version: number): string {
  return `${RECORD_PREFIX}${methodVersion(method, version)}`;
}

function methodVersion(method: RecoveryMethod, version: number): string {
  return `${method}-${String(version).padStart(6, '0')}`;
}
