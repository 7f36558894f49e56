/**
 * A store that fails, delays, spoils and lies as a list of rules says; otherwise the one beneath.
 *
 * The same rules and calls always give the same faults. All rules that strike a call act on it, in
 * their order.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ByteRange,
  type ObjectInfo,
  resolveRange,
  type Store,
  type StoreAccount,
  type StoreCallOptions,
} from '@holdfast/client/store';
import { HoldfastError } from '@holdfast/core/errors';
import { CountedRule, type Fault, type FaultRule, type StoreCall } from './fault.ts';
import { spoilBytes, spoilsBytes } from './spoil-bytes.ts';

/** A call as it came in; of a listing, `name` is the prefix. */
export interface SeenCall {
  readonly call: StoreCall;
  readonly name: string;
}

type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

export class FaultStore implements Store {
  readonly #inner: Store;
  readonly #calls: SeenCall[] = [];
  #rules: readonly CountedRule[] = [];

  constructor(inner: Store, rules: readonly FaultRule[] = []) {
    this.#inner = inner;
    this.setRules(rules);
  }

  get url(): string {
    return this.#inner.url;
  }

  get account(): StoreAccount | null {
    return this.#inner.account;
  }

  /** Every call since the beginning, in order. */
  get calls(): readonly SeenCall[] {
    return this.#calls;
  }

  /** Replaces the rules, and counts anew. */
  setRules(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => new CountedRule(rule));
  }

  async put(
    name: string,
    bytes: Uint8Array,
    options?: StoreCallOptions,
  ): Promise<'stored' | 'exists'> {
    const rules = await this.#begin('put', name);
    if (find(rules, 'exists')) {
      return 'exists';
    }
    const stored = spoilsBytes(rules) ? spoilBytes(bytes, rules) : bytes;
    const answer = find(rules, 'missing') ? 'stored' : await this.#inner.put(name, stored, options);
    this.#end(rules, `write ${name}`);
    return answer;
  }

  async get(
    name: string,
    options: StoreCallOptions & { readonly range?: ByteRange | undefined } = {},
  ): Promise<Uint8Array | null> {
    const rules = await this.#begin('get', name);
    const place = find(rules, 'swap')?.name ?? name;
    const answer = find(rules, 'replace')
      ? await this.#getReplaced(name, rules, options)
      : await this.#inner.get(place, options);
    this.#end(rules, `read ${name}`);
    if (answer === null || find(rules, 'missing')) {
      return null;
    }
    return spoilsBytes(rules) && !find(rules, 'replace') ? spoilBytes(answer, rules) : answer;
  }

  async *list(prefix: string, options?: StoreCallOptions): AsyncGenerator<ObjectInfo> {
    const rules = await this.#begin('list', prefix);
    const hidden = rules.filter(({ fault }) => fault.kind === 'missing');
    const failure = find(rules, 'fail-after');
    let shown = 0;
    const left = new Map(
      rules.flatMap((rule) => (rule.fault.kind === 'truncate' ? [[rule, rule.fault.to]] : [])),
    );
    for await (const info of this.#inner.list(prefix, options)) {
      if (failure !== undefined && shown >= (failure.entries ?? 0)) {
        break;
      }
      const isCut = [...left].some(([rule, entries]) => {
        const isOf = info.name.startsWith(rule.prefix);
        left.set(rule, isOf ? entries - 1 : entries);
        return isOf && entries <= 0;
      });
      if (!isCut && !hidden.some((rule) => info.name.startsWith(rule.prefix))) {
        shown++;
        yield info;
      }
    }
    this.#end(rules, `list ${prefix}`);
  }

  async delete(name: string, options?: StoreCallOptions): Promise<boolean> {
    const rules = await this.#begin('delete', name);
    const place = find(rules, 'swap')?.name ?? name;
    const answer = find(rules, 'missing') ? false : await this.#inner.delete(place, options);
    this.#end(rules, `delete ${name}`);
    return answer;
  }

  async stat(name: string, options?: StoreCallOptions): Promise<ObjectInfo | null> {
    const rules = await this.#begin('stat', name);
    const place = find(rules, 'swap')?.name ?? name;
    const info = await this.#inner.stat(place, options);
    this.#end(rules, `look at ${name}`);
    return info === null || find(rules, 'missing') ? null : { ...info, name };
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  /** @returns the rules that strike this call, after what they do beforehand. */
  async #begin(call: StoreCall, name: string): Promise<readonly CountedRule[]> {
    this.#calls.push({ call, name });
    const rules = this.#rules.filter((rule) => rule.strikes(call, name));
    for (const { fault } of rules) {
      switch (fault.kind) {
        case 'fail':
          throw new HoldfastError(fault.code, `Cannot ${call} ${name}: the test wants it so`);
        case 'throw':
          throw fault.error;
        case 'delay':
          await sleep(fault.ms);
          break;
        case 'hold':
          await fault.until;
          break;
        case 'crash':
          if (fault.when === 'before') {
            process.kill(process.pid, 'SIGKILL');
          }
          break;
        default:
      }
    }
    return rules;
  }

  #end(rules: readonly CountedRule[], action: string): void {
    if (find(rules, 'crash')) {
      process.kill(process.pid, 'SIGKILL');
    }
    const failure = find(rules, 'fail-after');
    if (failure !== undefined) {
      throw new HoldfastError(failure.code, `Cannot ${action}: the test wants its answer lost`);
    }
  }

  async #getReplaced(
    name: string,
    rules: readonly CountedRule[],
    { range }: { readonly range?: ByteRange | undefined },
  ): Promise<Uint8Array> {
    const whole = spoilBytes(new Uint8Array(), rules);
    const { offset, lengthBytes } = resolveRange(name, range, whole.length);
    return whole.slice(offset, offset + lengthBytes);
  }
}

function find<Kind extends Fault['kind']>(
  rules: readonly CountedRule[],
  kind: Kind,
): FaultOf<Kind> | undefined {
  return rules
    .map(({ fault }) => fault)
    .find((fault): fault is FaultOf<Kind> => fault.kind === kind);
}
