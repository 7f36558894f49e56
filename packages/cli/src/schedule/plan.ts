/** What a scheduler needs done: files to write or remove, programs to run. Data, so that a dry run can print it. */
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@holdfast/client/make-folders';
import { commandError } from '../command-error.ts';
import { shellWord } from '../terminal/shell-word.ts';

export type Frequency = 'daily' | 'hourly';

/** The run that is scheduled. */
export interface Job {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Step {
  readonly program: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /** A failure that says that there was nothing to undo. */
  readonly mayFail?: true;
}

export interface Plan {
  /** Which scheduler: `systemd timer`. */
  readonly scheduler: string;
  readonly remove: readonly string[];
  readonly write: readonly { readonly path: string; readonly text: string }[];
  /** Run before files are removed. */
  readonly before: readonly Step[];
  /** Run after files are written. */
  readonly after: readonly Step[];
  /** What the person should know. */
  readonly hint?: string;
}

export function formatPlan(plan: Plan): string[] {
  const lines: string[] = [];
  const addText = (text: string): void => {
    for (const line of text.trimEnd().split('\n')) lines.push(`    ${line}`.trimEnd());
  };
  const addStep = ({ program, input }: Step): void => {
    lines.push(`Would run: ${program.map(shellWord).join(' ')}`);
    if (input !== undefined) addText(input);
  };
  for (const step of plan.before) addStep(step);
  for (const path of plan.remove) lines.push(`Would remove ${path}`);
  for (const { path, text } of plan.write) {
    lines.push(`Would write ${path}`);
    addText(text);
  }
  for (const step of plan.after) addStep(step);
  return lines;
}

/** @throws {HoldfastError} `usage` when the scheduler refuses. */
export async function carryOut(plan: Plan): Promise<void> {
  for (const step of plan.before) await runStep(plan, step);
  for (const path of plan.remove) await rm(path, { force: true });
  for (const { path, text } of plan.write) {
    makeFolders(dirname(path));
    await writeFile(path, text, { mode: 0o600 });
  }
  for (const step of plan.after) await runStep(plan, step);
}

async function runStep(plan: Plan, { program, input, mayFail }: Step): Promise<void> {
  const { exitCode, error } = await runProgram(program, input);
  if (exitCode === 0 || mayFail) return;
  throw commandError('usage', `Cannot schedule with ${plan.scheduler}: ${error}`, {
    nextStep: `It refused: ${program.join(' ')}`,
  });
}

/** Runs a program to its end; one that can't be started has exit code 127. */
export async function runProgram(
  program: readonly string[],
  input = '',
): Promise<{ exitCode: number; output: string; error: string }> {
  const [file = '', ...args] = program;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<{ exitCode: number; error: string }>((resolve) => {
    let error = '';
    child.stderr.on('data', (part) => {
      error += part;
    });
    child.on('error', ({ message }) => resolve({ exitCode: 127, error: message }));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, error: error.trim() }));
  });
  let output = '';
  child.stdout.on('data', (part) => {
    output += part;
  });
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  return { ...(await ended), output };
}
