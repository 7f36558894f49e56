import type { ObjectInfo, Store, StoreCallOptions } from '@holdfast/client/store';

/** A whole listing. */
export async function listAll(
  store: Store,
  prefix: string,
  options?: StoreCallOptions,
): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for await (const info of store.list(prefix, options)) {
    infos.push(info);
  }
  return infos;
}

/** The names of a whole listing. */
export async function listNames(store: Store, prefix: string): Promise<string[]> {
  return (await listAll(store, prefix)).map((info) => info.name);
}
