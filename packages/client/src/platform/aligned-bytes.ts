/**
 * Memory that begins where a page of memory begins, so that a disk can take it as it lies.
 *
 * Memory of WebAssembly is the one kind that JavaScript gets from the system in whole pages.
 */

/** The one part of it that is used here; Node's types have no more than its name. */
declare const WebAssembly: {
  readonly Memory: new <Shared extends boolean>(limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: Shared;
  }) => { readonly buffer: Shared extends true ? SharedArrayBuffer : ArrayBuffer };
};

const WASM_PAGE_BYTES = 65536;

/** @returns Zeros, for this thread alone: copying within shared memory takes twice the time. */
export function alignedBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(wasmMemory(lengthBytes, false), 0, lengthBytes);
}

/** @returns Zeros, in memory that other threads can be given. */
export function sharedAlignedBytes(lengthBytes: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(wasmMemory(lengthBytes, true), 0, lengthBytes);
}

function wasmMemory<Shared extends boolean>(lengthBytes: number, shared: Shared) {
  const pages = Math.ceil(lengthBytes / WASM_PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared }).buffer;
}
