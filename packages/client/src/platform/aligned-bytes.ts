/**
 * Memory that begins where a page of memory begins, so that a disk can take it as it lies.
 *
 * Memory of WebAssembly is the one kind that JavaScript gets from the system in whole pages.
 */

/** The one part of it that is used here; Node's types have no more than its name. */
declare const WebAssembly: {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

const WASM_PAGE_BYTES = 65536;

/** @returns Zeros, in memory that other threads can be given. */
export function alignedBytes(lengthBytes: number): Uint8Array {
  const pages = Math.ceil(lengthBytes / WASM_PAGE_BYTES);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return new Uint8Array(buffer, 0, lengthBytes);
}
