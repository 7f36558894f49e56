/**
 * A process and its descendants, as Linux's /proc shows them: who they are, their memory, their
 * CPU time, and that of the whole machine to compare it with.
 *
 * Processes end while they are looked at; one that is gone counts as nothing.
 */

import { readdirSync, readFileSync } from 'node:fs';

export interface Memory {
  /** Sum of the proportional set sizes: pages shared within the tree count once. */
  readonly pssBytes: number;
  /** Sum of the resident set sizes: shared pages count in each process. */
  readonly rssBytes: number;
}

/** Memory of the process `pid` and of all its living descendants, right now. */
export function treeMemory(pid: number): Memory {
  let pssBytes = 0;
  let rssBytes = 0;
  for (const member of treeOf(pid)) {
    const rollup = readProc(`${member}/smaps_rollup`);
    pssBytes += kibibytes(rollup, /^Pss:\s+(\d+) kB/m);
    rssBytes += kibibytes(rollup, /^Rss:\s+(\d+) kB/m);
  }
  return { pssBytes, rssBytes };
}

/**
 * CPU time, in ms, of all children of this process that have ended and were waited for, with
 * their own waited-for descendants. Its steps are 10 ms: Linux shows ticks of 1/100 s.
 */
export function endedChildrenCpuMs(): number {
  const stat = readProc('self/stat');
  // proc_pid_stat(5): cutime and cstime are fields 16 and 17; the name, field 2, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** CPU time, in ms since boot, that the whole machine spent on anything, in steps of 10 ms. */
export function machineCpuMs(): number {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
  const [user, nice, system, , , irq, softirq, steal] = (
    readProc('stat').match(/^cpu +(.*)$/m)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  const busy = [user, nice, system, irq, softirq, steal].map((ticks) => ticks ?? 0);
  return busy.reduce((sum, ticks) => sum + ticks, 0) * 10;
}

function treeOf(pid: number): number[] {
  const members = [pid];
  for (let at = 0; at < members.length; at++) {
    for (const thread of listProc(`${members[at]}/task`)) {
      const children = readProc(`${members[at]}/task/${thread}/children`).trim();
      if (children !== '') members.push(...children.split(' ').map(Number));
    }
  }
  return members;
}

function kibibytes(rollup: string, line: RegExp): number {
  return Number(rollup.match(line)?.[1] ?? 0) * 1024;
}

function readProc(path: string): string {
  return gone(() => readFileSync(`/proc/${path}`, 'latin1')) ?? '';
}

function listProc(path: string): string[] {
  return gone(() => readdirSync(`/proc/${path}`)) ?? [];
}

function gone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}
