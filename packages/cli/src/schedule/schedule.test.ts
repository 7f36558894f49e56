import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCrontab } from './crontab.ts';
import { planLaunchd } from './launchd.ts';
import { formatPlan, type Job } from './plan.ts';
import { planSystemd } from './systemd.ts';

const job: Job = {
  command: ['/usr/bin/node', '/opt/hold fast/holdfast.js', 'backup', '--store', "file:/a%b$c'd"],
  env: { HOLDFAST_HOME: '/home/ada/my backup' },
};

test('planSystemd() writes a service and a timer, quoted as systemd reads them', () => {
  const plan = planSystemd('/home/ada/.config', 'daily', job);
  const [service, timer] = plan.write;
  assert.equal(service?.path, '/home/ada/.config/systemd/user/holdfast.service');
  assert.match(service.text, /^Environment="HOLDFAST_HOME=\/home\/ada\/my backup"$/m);
  assert.ok(
    service.text.includes(
      `ExecStart=/usr/bin/node "/opt/hold fast/holdfast.js" backup --store "file:/a%%b$$c'd"\n`,
    ),
  );
  assert.match(timer?.text ?? '', /^OnCalendar=daily$/m);
  assert.match(timer?.text ?? '', /^Persistent=true$/m);
});

test('planSystemd() without a job takes everything away', () => {
  const plan = planSystemd('/c', 'daily', null);
  assert.deepEqual(plan.write, []);
  assert.deepEqual(plan.remove, [
    ...['/c/systemd/user/holdfast.timer', '/c/systemd/user/holdfast.service'],
  ]);
});

test('planLaunchd() writes an agent with escaped arguments', () => {
  const place = { home: '/Users/ada', userId: 501, logFolder: '/l' };
  const plan = planLaunchd(place, 'hourly', { command: ['a', 'b&<c'], env: {} });
  assert.equal(plan.write[0]?.path, '/Users/ada/Library/LaunchAgents/org.holdfast.backup.plist');
  assert.ok(plan.write[0].text.includes('<string>b&amp;&lt;c</string>'));
  assert.ok(!plan.write[0].text.includes('<key>Hour</key>'));
});

test('planCrontab() changes its own line and keeps all others', () => {
  const mine = '5 12 * * * old # holdfast backup';
  const crontab = `MAILTO=ada\n0 1 * * * other\n${mine}\n`;
  const plan = planCrontab({ crontab, minute: 17 }, 'hourly', job);
  assert.equal(
    plan.after[0]?.input,
    'MAILTO=ada\n0 1 * * * other\n' +
      "17 * * * * HOLDFAST_HOME='/home/ada/my backup' /usr/bin/node '/opt/hold fast/holdfast.js' " +
      "backup --store 'file:/a\\%b$c'\\''d' # holdfast backup\n",
  );
  const off = planCrontab({ crontab, minute: 17 }, 'daily', null);
  assert.equal(off.after[0]?.input, 'MAILTO=ada\n0 1 * * * other\n');
  const empty = planCrontab({ crontab: mine, minute: 17 }, 'daily', null);
  assert.deepEqual(empty.after[0]?.program, ['crontab', '-r']);
});

test('formatPlan() shows what a dry run would do', () => {
  const plan = planCrontab({ crontab: '', minute: 3 }, 'daily', { command: ['x'], env: {} });
  assert.deepEqual(formatPlan(plan), [
    'Would run: crontab -',
    '    3 12 * * * x # holdfast backup',
  ]);
});
