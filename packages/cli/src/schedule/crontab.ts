/** One line in the person's crontab, known by the comment that ends it. */
import { shellWord } from '../terminal/shell-word.ts';
import type { Frequency, Job, Plan } from './plan.ts';

const MARK = '# holdfast backup';

/**
 * @param crontab What `crontab -l` prints now.
 * @param minute 0 to 59: different on every device, so that a shared store is not asked by all at once.
 * @param job null takes the line away.
 */
export function planCrontab(
  { crontab, minute }: { crontab: string; minute: number },
  frequency: Frequency,
  job: Job | null,
): Plan {
  const kept = crontab.split('\n').filter((line) => line.trim() !== '' && !line.endsWith(MARK));
  if (job !== null) {
    const environment = Object.entries(job.env).map(
      ([name, value]) => `${name}=${shellWord(value)}`,
    );
    const command = [...environment, ...job.command.map(shellWord)]
      .join(' ')
      .replaceAll('%', '\\%');
    kept.push(`${minute} ${frequency === 'daily' ? '12' : '*'} * * * ${command} ${MARK}`);
  }
  const step =
    kept.length === 0
      ? ({ program: ['crontab', '-r'], mayFail: true } as const)
      : { program: ['crontab', '-'], input: `${kept.join('\n')}\n` };
  return { scheduler: 'crontab', before: [], remove: [], write: [], after: [step] };
}
