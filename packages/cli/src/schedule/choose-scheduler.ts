/** Which scheduler this system has: launchd on macOS; systemd if it runs and answers; else crontab. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Folders } from '../places/folders.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { planCrontab } from './crontab.ts';
import { planLaunchd } from './launchd.ts';
import { type Frequency, type Job, type Plan, runProgram } from './plan.ts';
import { planSystemd } from './systemd.ts';

/**
 * @param frequency null takes the schedule away.
 * @returns null where there is no scheduler that we know.
 */
export async function planSchedule(
  frequency: Frequency | null,
  job: Job,
  { env, folders }: { env: Terminal['env']; folders: Folders },
): Promise<Plan | null> {
  const wanted = frequency === null ? null : job;
  const often = frequency ?? 'daily';
  const home = homedir();
  if (process.platform === 'darwin') {
    const userId = process.getuid?.() ?? 0;
    return planLaunchd({ home, userId, logFolder: folders.state }, often, wanted);
  }
  if (process.platform === 'win32') return null;
  const named = env.XDG_CONFIG_HOME ?? '';
  const configHome = isAbsolute(named) ? named : join(home, '.config');
  if (await hasUserSystemd()) return planSystemd(configHome, often, wanted);
  const listed = await runProgram(['crontab', '-l']);
  if (listed.exitCode === 127) return null;
  const minute = (crypto.getRandomValues(new Uint8Array(1))[0] as number) % 60;
  return planCrontab({ crontab: listed.output, minute }, often, wanted);
}

async function hasUserSystemd(): Promise<boolean> {
  if (!existsSync('/run/systemd/system')) return false;
  return (await runProgram(['systemctl', '--user', 'show-environment'])).exitCode === 0;
}
