/**
 * Memory that begins where a page of memory begins, so that a disk can take it as it lies.
 *
 * Memory of WebAssembly is the one kind that JavaScript gets from the system in whole pages. Each
 * takes gigabytes of address space, however short it is, but no memory before it is written to: so
 * there are few, and they are cut into parts. Where there is none to be had, other memory does; a
 * disk may then refuse it.
 */
import { readFileSync } from 'node:fs';

/** The one part of it that is used here; Node's types have no more than its name. */
declare const WebAssembly: {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => { readonly buffer: ArrayBuffer | SharedArrayBuffer };
};

const WASM_PAGE_BYTES = 65536;
/** As much as the memory of a worker takes together. */
const ARENA_BYTES = 8 * 1024 * 1024;

let arena = new ArrayBuffer(0);
let arenaUsedBytes = 0;
let isLimited: boolean | null = null;

/**
 * For what is used as long as the thread runs: it lies in a memory with others.
 *
 * @returns Zeros, for this thread alone: copying within shared memory takes twice the time.
 */
export function alignedBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  const takenBytes = wholePages(lengthBytes);
  if (arena.byteLength - arenaUsedBytes < takenBytes) {
    const bytes = Math.max(takenBytes, ARENA_BYTES);
    arena = (wasmMemory(bytes, false) ?? new ArrayBuffer(bytes)) as ArrayBuffer;
    arenaUsedBytes = 0;
  }
  const from = arenaUsedBytes;
  arenaUsedBytes += takenBytes;
  return new Uint8Array(arena, from, lengthBytes);
}

/** @returns Memory of zeros that other threads can be given, of at least so many bytes. */
export function sharedAlignedMemory(lengthBytes: number): SharedArrayBuffer {
  const bytes = wholePages(lengthBytes);
  return (wasmMemory(bytes, true) ?? new SharedArrayBuffer(bytes)) as SharedArrayBuffer;
}

/** Length of the pages that so many bytes take, in bytes. */
export function wholePages(lengthBytes: number): number {
  return Math.ceil(lengthBytes / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
}

/** @returns null when there is no WebAssembly (`--jitless`), or no address space to spare for it. */
function wasmMemory(lengthBytes: number, shared: boolean): ArrayBuffer | SharedArrayBuffer | null {
  isLimited ??= hasLimitedAddressSpace();
  if (isLimited) return null;
  const pages = lengthBytes / WASM_PAGE_BYTES;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared }).buffer;
  } catch {
    return null;
  }
}

/** Whether `ulimit -v` is set: what a memory took of it, threads might lack. */
function hasLimitedAddressSpace(): boolean {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return /^Max address space +\d/m.test(limits);
  } catch {
    return false;
  }
}
