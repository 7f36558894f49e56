import type { CountedRule } from './fault.ts';

/** A copy of `bytes`, changed by every striking rule that changes bytes, in the rules' order. */
export function spoilBytes(bytes: Uint8Array, rules: readonly CountedRule[]): Uint8Array {
  let spoilt = new Uint8Array(bytes);
  for (const { fault } of rules) {
    if (fault.kind === 'truncate') {
      spoilt = spoilt.slice(0, fault.to);
    } else if (fault.kind === 'replace') {
      spoilt = new Uint8Array(fault.bytes);
    } else if (fault.kind === 'flip' && spoilt.length > 0) {
      const bit = fault.bit % (spoilt.length * 8);
      const at = Math.floor(bit / 8);
      spoilt[at] = (spoilt[at] as number) ^ (1 << (bit % 8));
    }
  }
  return spoilt;
}

/** Whether some rule changes bytes, so that a copy is needed. */
export function spoilsBytes(rules: readonly CountedRule[]): boolean {
  return rules.some(({ fault }) => ['truncate', 'replace', 'flip'].includes(fault.kind));
}
