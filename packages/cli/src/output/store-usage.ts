/** What a provider says of the room that the backup takes there. */
import type { Store } from '@holdfast/client';
import { formatBytes } from '../terminal/quantities.ts';

/** What a store says of itself; nothing of one that knows no accounts. */
export interface UsageFacts {
  readonly account?: string;
  readonly usedBytes?: number;
  readonly quotaBytes?: number;
}

const NEARLY_FULL = 0.9;

export async function readUsage({ account }: Store, signal: AbortSignal): Promise<UsageFacts> {
  return account === null ? {} : await account.usage({ signal });
}

/** Lines of a report. */
export function describeUsage({ account, usedBytes, quotaBytes }: UsageFacts): string[] {
  if (usedBytes === undefined || quotaBytes === undefined) return [];
  return [
    `Account      ${account}`,
    `Room         ${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)} used`,
  ];
}

/** What to warn of. */
export function usageTexts({ usedBytes = 0, quotaBytes = Infinity }: UsageFacts): string[] {
  if (usedBytes < quotaBytes * NEARLY_FULL) return [];
  return [
    'The room that the provider gives this backup is nearly used up: "holdfast forget" and "holdfast prune" free some',
  ];
}
