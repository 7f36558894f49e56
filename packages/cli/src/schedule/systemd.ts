/** A systemd user timer. */
import { join } from 'node:path';
import type { Frequency, Job, Plan } from './plan.ts';

/** @param configHome `$XDG_CONFIG_HOME` or `~/.config`. @param job null takes the timer away. */
export function planSystemd(configHome: string, frequency: Frequency, job: Job | null): Plan {
  const folder = join(configHome, 'systemd', 'user');
  const service = join(folder, 'holdfast.service');
  const timer = join(folder, 'holdfast.timer');
  const reload = { program: ['systemctl', '--user', 'daemon-reload'] };
  if (job === null) {
    const stop = ['systemctl', '--user', 'disable', '--now', 'holdfast.timer'];
    return {
      scheduler: 'systemd timer',
      before: [{ program: stop, mayFail: true }],
      remove: [timer, service],
      write: [],
      after: [reload],
    };
  }
  const environment = Object.entries(job.env).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`, false)}`,
  );
  return {
    scheduler: 'systemd timer',
    before: [],
    remove: [],
    write: [
      {
        path: service,
        text: lines(
          '[Unit]',
          'Description=Holdfast backup',
          '',
          '[Service]',
          'Type=oneshot',
          ...environment,
          `ExecStart=${job.command.map((part) => quote(part, true)).join(' ')}`,
          'Nice=10',
          'IOSchedulingClass=idle',
        ),
      },
      {
        path: timer,
        text: lines(
          '[Unit]',
          'Description=Holdfast backup',
          '',
          '[Timer]',
          `OnCalendar=${frequency}`,
          `RandomizedDelaySec=${frequency === 'daily' ? '30min' : '5min'}`,
          'Persistent=true',
          '',
          '[Install]',
          'WantedBy=timers.target',
        ),
      },
    ],
    after: [reload, { program: ['systemctl', '--user', 'enable', '--now', 'holdfast.timer'] }],
    hint: 'It runs while you are logged in; "loginctl enable-linger" lets it run always.',
  };
}

/** Quoted as systemd.syntax(7) and systemd.service(5) say: `%` and, in commands, `$` are doubled. */
function quote(text: string, isCommand: boolean): string {
  const doubled = text.replaceAll('%', '%%');
  const escaped = (isCommand ? doubled.replaceAll('$', '$$$$') : doubled)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
