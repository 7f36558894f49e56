// Checks that core runs in a browser and stays apart where it must, and that vault, provider and the servers'
// program contain no more of core than what they speak needs: bundles every subpath export of core
// (but the Node half of its crypto port) and of these, their worker threads, and the program, and looks
// at all that the bundle drew in, over any number of imports. The linter sees direct imports only, and not
// those of dependencies.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { type BuildFailure, type BuildOptions, build, type Metafile } from 'esbuild';
import { type Findings, reportFindings } from './report-findings.ts';

const CORE = 'packages/core';
const SERVING = 'packages/serving';
const VAULT = 'packages/vault';
const PROVIDER = 'packages/provider';
const SERVER = 'packages/server';
/** Loads all else that the servers' program consists of. */
const SERVER_MAIN = `${SERVER}/src/main.ts`;
const NODE_ONLY_EXPORTS: ReadonlySet<string> = new Set(['./crypto/node']);

/** Folders of core that must not be reachable from one another's exports. */
const APART: Readonly<Record<string, string>> = {
  './backup-format': `${CORE}/src/vault-protocol/`,
  './vault-protocol': `${CORE}/src/backup-format/`,
};

const coreParts = (...folders: readonly string[]): string[] =>
  folders.map((folder) => `${CORE}/src/${folder}/`);

/** All that packages of servers may contain. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  [SERVING]: [`${SERVING}/`, ...coreParts('bytes', 'errors')],
  [VAULT]: [
    `${VAULT}/`,
    `${SERVING}/`,
    ...coreParts(
      'bytes',
      'crypto',
      'errors',
      'head',
      'recovery-record',
      'rotation',
      'secret',
      'vault-protocol',
      'wire',
    ),
  ],
  [PROVIDER]: [
    `${PROVIDER}/`,
    `${SERVING}/`,
    ...coreParts(
      'bytes',
      'crypto',
      'errors',
      'head',
      'provider-api',
      'recovery-record',
      'rotation',
      'secret',
      'vault-protocol',
      'wire',
    ),
  ],
};

/** All that the servers' program may contain. */
const SERVER_PARTS: readonly string[] = [`${SERVER}/`, ...Object.values(PARTS).flat()];

/** Core's dependencies are bundled with it, for they have to run in a browser too. */
const CORE_BUNDLE: BuildOptions = {
  external: ['node:*', ...builtinModules],
  platform: 'browser',
};

/** A server's dependencies know nothing of Holdfast, and some of them can't be bundled. */
const SERVER_BUNDLE: BuildOptions = {
  platform: 'node',
  plugins: [
    {
      name: 'dependencies stay outside',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^[^./]/ }, ({ path }) =>
          path.startsWith('@holdfast/') ? null : { path, external: true },
        ),
    },
  ],
};

/** Bundles the exports of the packages below `root` and checks what they contain. */
export async function checkLayers(root: string): Promise<Findings> {
  const errors = await packageErrors(root, CORE, CORE_BUNDLE, coreErrors);
  for (const [folder, parts] of Object.entries(PARTS)) {
    const name = folder.replace('packages', '@holdfast');
    const judge: JudgeInputs = (subpath, inputs) =>
      strangers(`${name}${subpath.slice(1)}`, inputs, parts);
    errors.push(...(await packageErrors(root, folder, SERVER_BUNDLE, judge)));
  }
  errors.push(...(await programErrors(root)));
  return { errors: [...new Set(errors)], warnings: [] };
}

/** What is wrong with all that went into the bundle of one export. */
type JudgeInputs = (subpath: string, inputs: Metafile['inputs']) => string[];

async function packageErrors(
  root: string,
  folder: string,
  bundle: BuildOptions,
  judge: JudgeInputs,
): Promise<string[]> {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const errors: string[] = [];
  const workers = globSync('src/**/*-{thread,worker}.ts', { cwd: join(root, folder) })
    .sort()
    .map((path) => [`./${path}`, path] as const);
  for (const [subpath, target] of [...Object.entries(manifest.exports), ...workers]) {
    const path = join(root, folder, target);
    if (!existsSync(path)) {
      errors.push(`${folder}/package.json: the export "${subpath}" names ${target}: no such file`);
    } else if (folder !== CORE || !NODE_ONLY_EXPORTS.has(subpath)) {
      const inputs = await bundleInputs(root, path, bundle);
      errors.push(...(Array.isArray(inputs) ? inputs : judge(subpath, inputs)));
    }
  }
  return errors;
}

/** @returns Lines that say why there is no bundle, if there is none. */
async function bundleInputs(
  root: string,
  path: string,
  bundle: BuildOptions,
): Promise<Metafile['inputs'] | string[]> {
  try {
    const { metafile } = await build({
      ...bundle,
      absWorkingDir: root,
      entryPoints: [path],
      bundle: true,
      format: 'esm',
      logLevel: 'silent',
      metafile: true,
      write: false,
    });
    return metafile.inputs;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return error.errors.map(({ location, text }) => {
      const place = location === null ? path : `${location.file}:${location.line}`;
      return `${place}: ${text}`;
    });
  }
}

function coreErrors(subpath: string, inputs: Metafile['inputs']): string[] {
  const name = `@holdfast/core${subpath.slice(1)}`;
  const errors: string[] = [];
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path } of imports) {
      if (isBuiltin(path)) errors.push(`${file}: imports ${path}, so core can't run in a browser`);
    }
    if (!file.startsWith(`${CORE}/`) && !file.includes('node_modules/')) {
      errors.push(`${file}: is part of ${name}, but core must stand alone`);
    }
    const banned = APART[subpath];
    if (banned !== undefined && file.startsWith(banned)) {
      errors.push(`${file}: is part of ${name}: these two must not reach each other`);
    }
  }
  return errors;
}

async function programErrors(root: string): Promise<string[]> {
  const path = join(root, SERVER_MAIN);
  if (!existsSync(path)) return [`${SERVER_MAIN}: no such file`];
  const inputs = await bundleInputs(root, path, SERVER_BUNDLE);
  return Array.isArray(inputs) ? inputs : strangers('holdfast-server', inputs, SERVER_PARTS);
}

/** Files that went into the bundle of `name`, and are of none of its parts. */
function strangers(name: string, inputs: Metafile['inputs'], parts: readonly string[]): string[] {
  return Object.keys(inputs)
    .filter((file) => !parts.some((part) => file.startsWith(part)))
    .map(
      (file) => `${file}: is part of ${name}, which must not contain it: see tools/check-layers.ts`,
    );
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

if (import.meta.main) reportFindings(await checkLayers(process.cwd()));
