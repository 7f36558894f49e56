import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { MemoryStore } from '../memory-store/index.ts';
import { testStoreContract } from '../store-contract/index.ts';
import type { FaultRule } from './fault.ts';
import { FaultStore } from './fault-store.ts';

testStoreContract('FaultStore without rules', async () => {
  const store = new FaultStore(new MemoryStore());
  return { store, openAgain: async () => store, destroy: () => store.close() };
});

const BYTES = Uint8Array.of(1, 2, 3, 4);

/** A store that holds `heads/1` to `heads/3` and `packs/1`, each `BYTES`, then follows `rules`. */
async function storeWith(...rules: FaultRule[]): Promise<FaultStore> {
  const inner = new MemoryStore();
  for (const name of ['heads/1', 'heads/2', 'heads/3', 'packs/1']) {
    await inner.put(name, BYTES);
  }
  return new FaultStore(inner, rules);
}

async function namesOf(store: FaultStore, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(prefix)) {
    names.push(name);
  }
  return names;
}

describe('FaultStore', () => {
  test('strikes the n-th call of a kind, and as many as the rule says', async () => {
    const fault = { kind: 'fail', code: 'store-unreachable' } as const;
    const store = await storeWith({ call: 'get', prefix: 'heads/', nth: 2, times: 2, fault });
    assert.deepEqual(await store.get('heads/1'), BYTES);
    assert.deepEqual(await store.get('packs/1'), BYTES);
    await assert.rejects(store.get('heads/2'), { code: 'store-unreachable' });
    assert.deepEqual((await store.stat('heads/2'))?.lengthBytes, 4);
    await assert.rejects(store.get('heads/1'), { code: 'store-unreachable' });
    assert.deepEqual(await store.get('heads/1'), BYTES);
  });

  test('strikes every call when the rule names no kind and no number', async () => {
    const error = new Error('anything');
    const store = await storeWith({ fault: { kind: 'throw', error } });
    await assert.rejects(store.get('heads/1'), error);
    await assert.rejects(store.put('heads/4', BYTES), error);
    await assert.rejects(store.stat('heads/1'), error);
    await assert.rejects(store.delete('heads/1'), error);
    await assert.rejects(namesOf(store, ''), error);
    assert.deepEqual(
      store.calls.map(({ call, name }) => `${call} ${name}`),
      ['get heads/1', 'put heads/4', 'stat heads/1', 'delete heads/1', 'list '],
    );
  });

  test('refuses a rule that could never strike', () => {
    const fault = { kind: 'missing' } as const;
    assert.throws(() => new FaultStore(new MemoryStore(), [{ nth: 0, fault }]), RangeError);
    assert.throws(
      () => new FaultStore(new MemoryStore(), [{ nth: 1, times: 0, fault }]),
      RangeError,
    );
  });

  test('loses answers after it did what was asked', async () => {
    const fault = { kind: 'fail-after', code: 'store-unreachable' } as const;
    const store = await storeWith({ nth: 1, times: 2, fault });
    await assert.rejects(store.put('heads/4', BYTES), { code: 'store-unreachable' });
    await assert.rejects(store.delete('heads/1'), { code: 'store-unreachable' });
    assert.equal(await store.put('heads/4', BYTES), 'exists');
    assert.equal(await store.get('heads/1'), null);
  });

  test('truncates, flips and replaces what is answered', async () => {
    const store = await storeWith({ call: 'get', fault: { kind: 'truncate', to: 3 } });
    assert.deepEqual(await store.get('heads/1'), Uint8Array.of(1, 2, 3));
    store.setRules([{ call: 'get', fault: { kind: 'flip', bit: 9 } }]);
    assert.deepEqual(await store.get('heads/1'), Uint8Array.of(1, 0, 3, 4));
    store.setRules([{ call: 'get', fault: { kind: 'replace', bytes: Uint8Array.of(9, 8, 7) } }]);
    assert.deepEqual(await store.get('heads/1'), Uint8Array.of(9, 8, 7));
    const range = { offset: 1, lengthBytes: 2 };
    assert.deepEqual(await store.get('heads/1', { range }), Uint8Array.of(8, 7));
    store.setRules([]);
    assert.deepEqual(await store.get('heads/1'), BYTES);
  });

  test('truncates and flips what is put, but not the array it was put from', async () => {
    const bytes = new Uint8Array(BYTES);
    const store = await storeWith(
      { call: 'put', fault: { kind: 'truncate', to: 2 } },
      { call: 'put', fault: { kind: 'flip', bit: 15 } },
    );
    assert.equal(await store.put('heads/4', bytes), 'stored');
    assert.deepEqual(await store.get('heads/4'), Uint8Array.of(1, 130));
    assert.deepEqual(bytes, BYTES);
  });

  test('hides objects from get(), stat() and listings', async () => {
    const store = await storeWith({ prefix: 'heads/3', fault: { kind: 'missing' } });
    assert.equal(await store.get('heads/3'), null);
    assert.equal(await store.stat('heads/3'), null);
    assert.equal(await store.delete('heads/3'), false);
    assert.deepEqual(await namesOf(store, ''), ['heads/1', 'heads/2', 'packs/1']);
    assert.deepEqual(await namesOf(store, 'heads/'), ['heads/1', 'heads/2']);
    store.setRules([]);
    assert.deepEqual(await store.get('heads/3'), BYTES);
  });

  test('claims that a put was done, or was needless', async () => {
    const store = await storeWith(
      { call: 'put', nth: 1, fault: { kind: 'missing' } },
      { call: 'put', nth: 2, fault: { kind: 'exists' } },
    );
    assert.equal(await store.put('heads/4', BYTES), 'stored');
    assert.equal(await store.put('heads/5', BYTES), 'exists');
    assert.deepEqual(await namesOf(store, 'heads/'), ['heads/1', 'heads/2', 'heads/3']);
  });

  test('gives another object for the one asked for', async () => {
    const store = await storeWith({ prefix: 'heads/1', fault: { kind: 'swap', name: 'heads/9' } });
    await store.put('heads/9', Uint8Array.of(9));
    assert.deepEqual(await store.get('heads/1'), Uint8Array.of(9));
    const info = await store.stat('heads/1');
    assert.deepEqual([info?.name, info?.lengthBytes], ['heads/1', 1]);
  });

  test('breaks listings off, with an error or without', async () => {
    const store = await storeWith({
      call: 'list',
      fault: { kind: 'fail-after', code: 'store-unreachable', entries: 2 },
    });
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { name } of store.list('')) {
          seen.push(name);
        }
      },
      { code: 'store-unreachable' },
    );
    assert.deepEqual(seen, ['heads/1', 'heads/2']);
    store.setRules([{ prefix: 'heads/', fault: { kind: 'truncate', to: 1 } }]);
    assert.deepEqual(await namesOf(store, ''), ['heads/1', 'packs/1']);
  });

  test('holds a call until the test lets it go', async () => {
    const gate = Promise.withResolvers<void>();
    const store = await storeWith(
      { call: 'put', nth: 1, fault: { kind: 'hold', until: gate.promise } },
      { call: 'stat', fault: { kind: 'delay', ms: 1 } },
    );
    const held = store.put('heads/4', Uint8Array.of(1));
    assert.equal(await store.put('heads/4', Uint8Array.of(2)), 'stored');
    gate.resolve();
    assert.equal(await held, 'exists');
    assert.equal((await store.stat('heads/4'))?.lengthBytes, 1);
  });

  test('crashes the process before or after a call', () => {
    for (const [when, said] of [
      ['before', ''],
      ['after', 'asked'],
    ]) {
      const script = `
        const { FaultStore } = await import(${JSON.stringify(import.meta.resolve('./fault-store.ts'))});
        const inner = { put: async () => { require('node:fs').writeSync(1, 'asked'); return 'stored'; } };
        const store = new FaultStore(inner, [{ fault: { kind: 'crash', when: '${when}' } }]);
        await store.put('heads/1', new Uint8Array());
        require('node:fs').writeSync(1, 'survived');
      `;
      const child = spawnSync(process.execPath, ['--eval', `(async () => {${script}})()`]);
      assert.equal(child.signal, 'SIGKILL');
      assert.equal(String(child.stdout), said);
    }
  });
});
