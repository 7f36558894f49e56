/** Tells whether two entries of one backup have the same content. */
import type { FileEntry } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';

/** A text that is the same for the same content of the same backup. */
export function contentOf(entry: FileEntry): string {
  const layers = (table: readonly { readonly root: { stream: Uint8Array; offset: number } }[]) =>
    table.map(({ root }) => `${toHex(root.stream)}:${root.offset}`).join(' ');
  switch (entry.kind) {
    case 'folder':
      return 'folder';
    case 'link':
      return `link ${toHex(entry.target)}`;
    case 'database':
      return `database ${entry.bytes} ${layers(entry.pages)}`;
    case 'file': {
      const { chunks } = entry;
      const names =
        chunks.kind === 'inline'
          ? chunks.chunks.map((chunk) => `${chunk.fileOffset}:${toHex(chunk.name)}`).join(' ')
          : layers(chunks.table);
      return `file ${entry.bytes} ${names}`;
    }
  }
}
