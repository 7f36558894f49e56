// Node's own spec reporter, and above its summary one loud line if tests were skipped or left to
// do. With CI=true such tests make the run fail: there, everything a test needs is installed.

import { Readable } from 'node:stream';
import { spec, type TestEvent } from 'node:test/reporters';

const NAMES_SHOWN = 20;

/** The reporter, in the form that `node --test --test-reporter=<this file>` wants. */
// biome-ignore lint/style/noDefaultExport: node takes a reporter from the default export only
export default async function* reportTests(
  source: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  yield* Readable.from(withSkippedNamed(source)).compose(new spec());
}

async function* withSkippedNamed(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const names: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { name, skip, todo } = event.data;
      if (skip !== undefined && skip !== false) names.push(named(name, skip));
      else if (todo !== undefined && todo !== false) names.push(named(name, todo));
    }
    if (isStartOfSummary(event) && names.length > 0) yield diagnostic(loudLine(names));
    yield event;
  }
}

function named(name: string, reason: string | true): string {
  return typeof reason === 'string' && reason !== '' ? `"${name}" (${reason})` : `"${name}"`;
}

function loudLine(names: readonly string[]): string {
  const isCi = process.env.CI === 'true';
  if (isCi) process.exitCode = 1;
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  const verdict = isCi ? ': with CI=true that is a FAILURE' : '';
  return `SKIPPED OR LEFT TO DO, ${names.length} in number${verdict}: ${shown}${more}`;
}

/** The summary is made of diagnostics, the first of which is `tests <number>`. */
function isStartOfSummary(event: TestEvent): boolean {
  return event.type === 'test:diagnostic' && /^tests \d+$/.test(event.data.message);
}

function diagnostic(message: string): TestEvent {
  return { type: 'test:diagnostic', data: { message, nesting: 0, level: 'error' } };
}
