import type { HeadShelf } from '@holdfast/core/vault-protocol';
import type { Backup } from '../repository/backup.ts';
import { followLinks, listHeadNumbers, readHeadObject } from '../repository/head-chain.ts';

/** The heads of an open backup, as its store shows them (spec/head.md §2). */
export function storeHeads(backup: Backup, signal?: AbortSignal): HeadShelf {
  const { store } = backup;
  const newest = () => {
    if (backup.newestHead === null) throw new TypeError('"backup" must have a head');
    return backup.newestHead;
  };
  return {
    get newest() {
      return newest();
    },
    get displaced() {
      return backup.state.headState.displacedHeads;
    },
    async refresh() {
      if (backup.isBehind) await backup.refreshLeniently(false, signal);
      else await backup.refresh(signal);
    },
    async linksAfter(from) {
      const listed = await listHeadNumbers(store, signal);
      const { numbers } = await followLinks(backup.headChain(signal), newest(), from, listed);
      return numbers;
    },
    getHead: (number) => readHeadObject(store, number, signal),
  };
}
