/** A launchd agent of macOS. */
import { join } from 'node:path';
import type { Frequency, Job, Plan } from './plan.ts';

const LABEL = 'org.holdfast.backup';

/** @param job null takes the agent away. */
export function planLaunchd(
  { home, userId, logFolder }: { home: string; userId: number; logFolder: string },
  frequency: Frequency,
  job: Job | null,
): Plan {
  const path = join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  const unload = {
    program: ['launchctl', 'bootout', `gui/${userId}/${LABEL}`],
    mayFail: true,
  } as const;
  if (job === null) {
    return {
      scheduler: 'launchd agent',
      before: [unload],
      remove: [path],
      write: [],
      after: [],
    };
  }
  const when = frequency === 'daily' ? { Hour: 12, Minute: 30 } : { Minute: 30 };
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${job.command.map((part) => `    <string>${escapeXml(part)}</string>`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(job.env)
  .map(([name, value]) => `    <key>${escapeXml(name)}</key><string>${escapeXml(value)}</string>\n`)
  .join('')}  </dict>
  <key>StartCalendarInterval</key>
  <dict>
${Object.entries(when)
  .map(([name, value]) => `    <key>${name}</key><integer>${value}</integer>`)
  .join('\n')}
  </dict>
  <key>StandardErrorPath</key><string>${escapeXml(join(logFolder, 'schedule.log'))}</string>
  <key>ProcessType</key><string>Background</string>
</dict>
</plist>
`;
  return {
    scheduler: 'launchd agent',
    before: [unload],
    remove: [],
    write: [{ path, text }],
    after: [{ program: ['launchctl', 'bootstrap', `gui/${userId}`, path] }],
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
