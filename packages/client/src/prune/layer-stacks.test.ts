import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address, Table, TableLayer } from '@holdfast/core/backup-format';
import fc from 'fast-check';
import { TableBuilder, TOMBSTONE } from '../table/index.ts';
import { LayerStacks } from './layer-stacks.ts';

const STREAM = new Uint8Array(16);

/** Tables in memory. */
class Nodes {
  readonly #nodes: Uint8Array[] = [];

  write = async (plain: Uint8Array): Promise<Address> => {
    const offset = this.#nodes.push(plain) - 1;
    const { length } = plain;
    const lengths = { storedBytes: length, plainBytes: length, compressed: false };
    return { kind: 'node', stream: STREAM, offset, ...lengths };
  };

  read = async ({ offset }: Address): Promise<Uint8Array> => this.#nodes[offset] as Uint8Array;
}

/** Keys 0 to 11 of a layer: absent, gone, or there. */
const layerContent = fc.array(fc.constantFrom('absent', 'gone', 'there'), {
  minLength: 12,
  maxLength: 12,
});

describe('LayerStacks', () => {
  test('finds shown what at least one table shows', async () => {
    const property = fc.asyncProperty(
      fc.array(layerContent, { minLength: 1, maxLength: 5 }),
      fc.array(
        fc.record({
          layers: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 5 }),
          end: fc.option(fc.integer({ min: 0, max: 12 })),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      async (contents, tables) => {
        const nodes = new Nodes();
        const layers: (TableLayer | null)[] = [];
        for (const content of contents) {
          const builder = new TableBuilder(nodes.write);
          for (const [key, what] of content.entries()) {
            const value = what === 'gone' ? TOMBSTONE : Uint8Array.of(1);
            if (what !== 'absent') await builder.add(Uint8Array.of(key), () => value);
          }
          layers.push(await builder.finish());
        }
        const stacks = new LayerStacks();
        const shown = new Set<string>();
        for (const { layers: chosen, end } of tables) {
          // Tables that share layers have them in the same order.
          const numbers = chosen.filter((i) => layers[i]).sort((a, b) => a - b);
          const table: Table = numbers.map((i) => layers[i] as TableLayer);
          stacks.add(table, end === null ? null : Uint8Array.of(end));
          for (let key = 0; key < (end ?? 12); key++) {
            const top = numbers.findLast((i) => contents[i]?.[key] !== 'absent');
            if (top !== undefined) shown.add(`${layers[top]?.root.offset}:${key}`);
          }
        }
        const found = new Set<string>();
        for (const [name, { layer }] of stacks.layers) {
          await stacks.visit(nodes.read, name, ({ key }, isShown) => {
            if (isShown) found.add(`${layer.root.offset}:${key[0]}`);
            return undefined;
          });
        }
        assert.deepEqual([...found].sort(), [...shown].sort());
      },
    );
    await fc.assert(property, { numRuns: process.env.SLOW === '1' ? 20_000 : 300 });
  });
});
