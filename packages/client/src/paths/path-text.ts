/** The path that a table key stands for, as bytes with slashes. */
export function pathBytes(key: Uint8Array): Uint8Array {
  return key.map((byte) => (byte === 0 ? SLASH : byte));
}

const SLASH = 0x2f;

/** The names of a path that a person gave. */
export function splitPath(path: string): readonly Uint8Array[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.map((name) => Buffer.from(name));
}
